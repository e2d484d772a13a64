"""People in the admin: list, find, create, suspend, activate."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User, UserLink
from audit.models import Entry
from scopes.models import Organization
from scopes.organizations.selectors import default_organization
from tests.accounts.arrivals import arrive, somebody, whose
from tests.accounts.buttons import KEYCLOAK
from tests.expect import STRONG
from tests.mailbox import mailed_passcode, run_due_tasks
from tests.oidc import configure
from tests.pages import act, notices, text_of, visitor
from tests.people import PASSWORD, make_user, reset_password

LIST = "/admin/accounts/user/"
ADD = "/admin/accounts/user/add/"


def page_of(user: User) -> str:
    return f"{LIST}{user.pk}/change/"


def new_user(**changed: Any) -> dict[str, Any]:
    return {
        "email": "grace@example.test",
        "username": "grace",
        "name": "Grace",
        "login_type": "password",
        "password": PASSWORD,
        "status": "active",
        "organization_ids": [str(default_organization().pk)],
        **changed,
    }


def test_the_list_shows_who_there_is(owner: User, alice: User) -> None:
    page = text_of(visitor(owner).get(LIST))
    assert "alice@example.test" in page
    assert "Owner" in page


def test_people_are_found_by_name_and_filtered_by_status_and_role(
    owner: User, alice: User, mallory: User
) -> None:
    User.objects.filter(pk=mallory.pk).update(status="suspended")
    client = visitor(owner)

    def found(query: dict[str, str]) -> set[str]:
        names = {"owner", "alice", "mallory"}
        shown = client.get(LIST, query).context["cl"].result_list
        return names & {user.username for user in shown}

    assert found({"q": "ali"}) == {"alice"}
    assert found({"status__exact": "suspended"}) == {"mallory"}
    assert found({"role": "owner"}) == {"owner"}
    assert found({"role": "nonsense"}) == {"owner", "alice", "mallory"}


def test_deleted_people_are_not_listed(owner: User, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    client = visitor(owner)
    assert "alice" not in text_of(client.get(LIST))
    assert client.get(page_of(alice)).status_code == 302


@pytest.mark.parametrize(
    "query", ["password__startswith=argon2", "keys__hashed_secret=x", "password=x", "email=x"]
)
def test_the_query_string_asks_for_nothing_but_the_filters(owner: User, query: str) -> None:
    assert visitor(owner).get(f"{LIST}?{query}").status_code == 400
    assert visitor(owner).get(f"{LIST}?status__exact=active").status_code == 200


def test_the_page_of_somebody_is_read_only(owner: User, alice: User) -> None:
    client = visitor(owner)
    page = client.get(page_of(alice))
    assert "alice@example.test" in text_of(page)
    assert "Coder" in text_of(page)  # the organization
    assert 'name="_save"' not in page.content.decode()
    assert client.post(page_of(alice), {"username": "eve"}).status_code == 403
    assert User.objects.get(pk=alice.pk).username == "alice"


def test_an_owner_creates_somebody(owner: User) -> None:
    response = visitor(owner).post(ADD, new_user())
    grace = User.objects.get(username="grace")
    assert response.url == page_of(grace)
    assert notices(response) == ["grace was created."]
    assert grace.memberships.get().organization.is_default
    entry = Entry.objects.get(action="create", resource_type="user")
    assert str(entry.actor_id) == str(owner.pk)


def test_the_form_offers_the_default_organization(owner: User) -> None:
    page = visitor(owner).get(ADD).content.decode()
    assert f'value="{default_organization().pk}"' in page
    assert "checked" in page


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"password": "short"}, "password", "insecure password"),
        ({"organization_ids": []}, "organization_ids", "This field is required."),
        ({"email": "grace"}, "email", "Enter an e-mail address"),
        ({"username": "me"}, "username", "cannot be used"),
        ({"username": "alice"}, "__all__", "User already exists."),
        (
            {"login_type": "none"},
            "__all__",
            'Password cannot be set for non-password ("none") authentication.',
        ),
    ],
)
def test_what_is_refused_is_said_at_its_field(
    owner: User, alice: User, changed: dict[str, Any], field: str, words: str
) -> None:
    response = visitor(owner).post(ADD, new_user(**changed))
    assert response.status_code == 200
    assert words in " ".join(response.context["errors"][field])
    assert words in text_of(response)
    assert PASSWORD not in response.content.decode()
    assert not User.objects.filter(username="grace").exists()


def test_a_service_account_needs_no_password(owner: User) -> None:
    visitor(owner).post(ADD, new_user(login_type="none", password=""))
    assert User.objects.get(username="grace").login_type == "none"


def test_somebody_who_signs_in_with_a_provider_is_made_once_there_is_one(
    owner: User, settings: Settings
) -> None:
    sent = new_user(login_type="oidc", password="")
    configure(settings)
    assert "You must configure OIDC" in text_of(visitor(owner).post(ADD, sent))
    configure(settings, KEYCLOAK)
    visitor(owner).post(ADD, sent)
    assert User.objects.get(username="grace").login_type == "oidc"


def test_somebody_is_suspended_and_activated(owner: User, alice: User) -> None:
    client = visitor(owner)
    response = act(client, LIST, "suspend", alice)
    assert notices(response) == ["1 user suspended."]
    assert User.objects.get(pk=alice.pk).status == "suspended"
    assert 'value="activate"' in client.get(page_of(alice)).content.decode()
    act(client, LIST, "activate", alice)
    assert User.objects.get(pk=alice.pk).status == "active"
    assert 'value="suspend"' in client.get(page_of(alice)).content.decode()
    assert Entry.objects.filter(action="write", resource_id=str(alice.pk)).count() == 2


def test_a_refusal_is_told_and_stops_nobody_else(owner: User, alice: User) -> None:
    other = make_user("olivia", roles=["owner"])
    response = act(visitor(owner), LIST, "suspend", alice, owner, other)
    told = notices(response)
    assert "1 user suspended." in told
    assert "owner: You cannot suspend yourself." in told
    assert any(text.startswith("olivia: You cannot suspend a user with") for text in told)
    assert User.objects.get(pk=other.pk).status == "active"


def test_many_refusals_are_summed_up(owner: User) -> None:
    others = [make_user(f"owner{number}", roles=["owner"]) for number in range(8)]
    told = notices(act(visitor(owner), LIST, "suspend", *others))
    assert len(told) == 6
    assert told[-1] == "3 more were refused."


def test_nobody_is_deleted_and_django_keeps_no_log(owner: User, alice: User) -> None:
    client = visitor(owner)
    assert client.get(f"{LIST}{alice.pk}/delete/").status_code == 404
    assert client.get(f"{LIST}{alice.pk}/history/").status_code == 404
    act(client, LIST, "delete_selected", alice)
    client.post(ADD, new_user())
    act(client, LIST, "suspend", alice)
    assert User.objects.filter(pk=alice.pk, is_deleted=False).exists()
    assert not LogEntry.objects.exists()


def test_no_page_shows_a_password_hash(owner: User, alice: User) -> None:
    client = visitor(owner)
    for path in (LIST, page_of(alice), ADD, "/admin/"):
        page = client.get(path).content.decode()
        assert alice.password not in page
        assert "argon2" not in page


def test_the_list_costs_the_same_for_one_and_for_fifty(owner: User) -> None:
    client = visitor(owner)
    client.get(LIST)  # The key's use is noted once.
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for number in range(49):
        make_user(f"user{number}")
    with CaptureQueriesContext(connection) as many:
        assert "user48" in text_of(client.get(LIST))
    assert len(few) == len(many) == 5


def test_an_organization_that_may_not_be_read_is_not_offered(owner: User, alice: User) -> None:
    other = Organization.objects.create(name="other", display_name="The Other")
    admin = make_user("uma", roles=["user-admin"])
    assert "The Other" in text_of(visitor(admin).get(ADD))
    narrow = visitor(owner, scopes=["user:create", "user:read"])
    assert "The Other" not in text_of(narrow.get(ADD))
    response = narrow.post(ADD, new_user(organization_ids=[str(other.pk)]))
    assert "organization_ids" in response.context["errors"]


def test_an_account_of_a_provider_shows_its_link_and_is_given_a_password(
    owner: User, mail_folder: Path
) -> None:
    ada = whose(arrive(somebody("ada")))
    client = visitor(owner)
    page = text_of(client.get(f"/admin/accounts/user/{ada.pk}/change/"))
    assert "https://id.example.test||ada" in page
    link = UserLink.objects.get()
    assert link.access_token not in page
    assert link.refresh_token not in page
    act(client, "/admin/accounts/user/", "to_password", ada)
    run_due_tasks()
    passcode = mailed_passcode(mail_folder)
    assert reset_password(ada.email, passcode, STRONG).status_code == 204
