"""`/admin/people`: who there is, new people, and what is done with one of them."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from scopes.models import Key, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.mailbox import mailed_passcode, run_due_tasks
from tests.pages import notices, text_of, visitor
from tests.people import PASSWORD, make_key, make_user
from tests.queries import cost

LIST = "/admin/people"
ALICE = f"{LIST}/alice"


def found(client: Any, query: str) -> set[str]:
    page = client.get(f"{LIST}{query}")
    assert page.status_code == 200
    return {row.username for row in page.context["listing"].rows}


def new_person(**changed: Any) -> dict[str, Any]:
    return {
        "email": "grace@example.test",
        "username": "grace",
        "name": "Grace",
        "login_type": "password",
        "password": PASSWORD,
        "organization_ids": [str(default_organization().pk)],
        **changed,
    }


def test_people_are_found_by_filters_in_the_address(
    owner: User, alice: User, mallory: User
) -> None:
    User.objects.filter(pk=mallory.pk).update(status="suspended")
    away = Organization.objects.create(name="away")
    Membership.objects.create(user=alice, organization=away)
    make_user("bot", login_type="none", is_service_account=True, email="")
    client = visitor(owner)

    assert found(client, "") == {"owner", "alice", "mallory"}
    assert found(client, "?q=ali") == {"alice"}
    assert found(client, "?status=suspended") == {"mallory"}
    assert found(client, "?role=owner") == {"owner"}
    assert found(client, "?organization=away") == {"alice"}
    assert found(client, "?status=nonsense") == set()


def test_filters_in_force_can_be_taken_off(owner: User) -> None:
    page = visitor(owner).get(f"{LIST}?status=suspended&q=x&sort=-name")

    assert [(pill.words, pill.url) for pill in page.context["listing"].pills] == [
        ("Name or address: x", "?status=suspended&sort=-name"),
        ("Status: Suspended", "?q=x&sort=-name"),
    ]


def test_service_accounts_have_a_list_of_their_own(owner: User, alice: User) -> None:
    make_user("bot", login_type="none", is_service_account=True, email="")

    page = text_of(visitor(owner).get("/admin/service-accounts"))
    assert "bot" in page
    assert "alice" not in page


@pytest.mark.parametrize("path", [LIST, "/admin/service-accounts"])
def test_fifty_people_cost_as_much_as_one(owner: User, path: str) -> None:
    client = visitor(owner, last_used_at=timezone.now())
    service: dict[str, Any] = {"login_type": "none", "is_service_account": True, "email": ""}
    about = service if "service" in path else {}
    make_user("first", **about)
    one = cost(lambda: client.get(path))
    for number in range(60):
        make_user(f"u{number}", **about)

    many = cost(lambda: client.get(path))

    assert len(many) == len(one) <= 7


def test_a_page_of_somebody_costs_little(owner: User, alice: User) -> None:
    client = visitor(owner, last_used_at=timezone.now())

    for tab in ("", "/keys", "/sessions", "/organizations", "/audit"):
        few = cost(lambda tab=tab: client.get(f"{ALICE}{tab}"))  # type: ignore[misc]
        assert len(few) <= 7, tab


def test_somebody_is_made(owner: User) -> None:
    answer = visitor(owner).post(f"{LIST}/new", new_person())

    assert answer.url == f"{LIST}/grace"
    assert notices(answer) == ["grace was made."]
    assert User.objects.get(username="grace").memberships.get().organization.is_default
    assert Entry.objects.get(action="create", resource_type="user").additional_fields == {
        "page": f"{LIST}/new"
    }


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"password": "short"}, "insecure password"),
        ({"organization_ids": []}, "This field is required."),
        ({"email": "grace"}, "Enter an e-mail address"),
        ({"username": "me"}, "cannot be used"),
        ({"username": "owner"}, "User already exists."),
    ],
)
def test_what_is_refused_is_said_in_the_form(
    owner: User, changed: dict[str, Any], words: str
) -> None:
    answer = visitor(owner).post(f"{LIST}/new", new_person(**changed))

    assert answer.status_code in {400, 409}
    assert words in text_of(answer)
    assert PASSWORD not in answer.content.decode()
    assert not User.objects.filter(username="grace").exists()


def test_a_service_account_is_made(owner: User) -> None:
    sent = {"username": "bot", "organization_ids": [str(default_organization().pk)]}

    visitor(owner).post("/admin/service-accounts/new", sent)

    assert User.objects.get(username="bot").is_service_account


def test_somebody_is_suspended_after_a_question_and_activated_without(
    owner: User, alice: User
) -> None:
    client = visitor(owner)

    assert "Suspend alice?" in text_of(client.get(f"{ALICE}/suspend"))
    answer = client.post(f"{ALICE}/suspend")
    assert (answer.url, notices(answer)) == (ALICE, ["alice is suspended."])
    assert User.objects.get(pk=alice.pk).status == "suspended"
    client.post(f"{ALICE}/activate")
    assert User.objects.get(pk=alice.pk).status == "active"


def test_an_owner_is_not_suspended_and_told_why(owner: User) -> None:
    make_user("olga", roles=["owner"])

    answer = visitor(owner).post(f"{LIST}/olga/suspend")

    assert answer.status_code == 400
    assert "Suspend olga?" in text_of(answer)
    assert User.objects.get(username="olga").status == "active"


def test_a_user_admin_does_not_delete_an_owner(owner: User) -> None:
    uma = make_user("uma", roles=["user-admin"])

    assert visitor(uma).post(f"{LIST}/owner/delete").status_code == 403
    assert not User.objects.get(pk=owner.pk).is_deleted


def test_somebody_is_deleted(owner: User, alice: User) -> None:
    answer = visitor(owner).post(f"{ALICE}/delete")

    assert answer.url == LIST
    assert User.objects.get(pk=alice.pk).is_deleted
    assert visitor(owner).get(ALICE).status_code == 404


def test_all_access_ends_and_the_numbers_are_said_first(owner: User, alice: User) -> None:
    make_key(alice, login_type="token")
    make_key(alice)
    client = visitor(owner)

    assert "1 key and 1 session end at once" in text_of(client.get(f"{ALICE}/end-access"))
    answer = client.post(f"{ALICE}/end-access")

    assert notices(answer) == ["1 key and 1 session of alice ended."]
    assert not Key.objects.filter(user=alice).exists()
    entry = Entry.objects.get(action="delete", resource_type="api_key")
    assert entry.additional_fields["keys_ended"] == 1
    assert entry.additional_fields["sessions_ended"] == 1


def test_ending_ones_own_access_keeps_this_session(owner: User) -> None:
    make_key(owner, login_type="token")
    client = visitor(owner)

    client.post(f"{LIST}/owner/end-access")

    assert client.get("/keys").status_code == 200
    assert Key.objects.filter(user=owner).count() == 1


def test_roles_are_given_and_taken(owner: User, alice: User) -> None:
    client = visitor(owner)

    client.post(f"{ALICE}/roles", {"roles": ["auditor", "template-admin"]})
    assert User.objects.get(pk=alice.pk).site_roles == ["auditor", "template-admin"]
    client.post(f"{ALICE}/roles", {"roles": []})
    assert User.objects.get(pk=alice.pk).site_roles == []


def test_nobody_changes_their_own_roles(owner: User) -> None:
    client = visitor(owner)

    assert "Save roles" not in text_of(client.get(f"{LIST}/owner"))
    assert client.post(f"{LIST}/owner/roles", {"roles": []}).status_code == 400
    assert User.objects.get(pk=owner.pk).is_owner


def test_a_password_is_reset_by_mail(
    owner: User, alice: User, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "coderauth.mail.EmlFileBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    answer = visitor(owner).post(f"{ALICE}/reset")
    run_due_tasks()

    assert notices(answer) == ["alice gets a mail with a link to set a new password."]
    assert mailed_passcode(tmp_path, alice.email)


def test_somebody_is_renamed(owner: User, alice: User) -> None:
    answer = visitor(owner).post(f"{ALICE}/rename", {"username": "alicia", "name": "Alicia"})

    assert answer.url == f"{LIST}/alicia"
    taken = visitor(owner).post(f"{LIST}/alicia/rename", {"username": "owner", "name": ""})
    assert taken.status_code == 409


def test_tabs_are_for_those_who_may_read_them(owner: User, alice: User) -> None:
    def tabs(user: User) -> list[str]:
        return [tab.label for tab in visitor(user).get(ALICE).context["tabs"]]

    assert tabs(owner) == ["Overview", "Keys", "Sessions", "Organizations", "Audit"]
    assert tabs(make_user("uma", roles=["user-admin"])) == ["Overview", "Organizations"]
    assert tabs(make_user("aud", roles=["auditor"])) == ["Overview", "Organizations", "Audit"]


def test_an_auditor_sees_and_is_offered_no_act(alice: User) -> None:
    page = text_of(visitor(make_user("aud", roles=["auditor"])).get(ALICE))

    assert "alice@example.test" in page
    for act in ("Suspend", "Revoke", "Delete", "Send link", "Save roles", "Rename"):
        assert act not in page


def test_unknown_people_are_not_found(owner: User) -> None:
    for name in ("nobody", "%00", "a" * 300):
        assert visitor(owner).get(f"{LIST}/{name}").status_code == 404
