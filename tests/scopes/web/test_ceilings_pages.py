"""`/admin/ceilings` and the ceiling of an organization."""

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from scopes.models import KeyCeiling, Organization
from scopes.organizations.selectors import default_organization
from tests.pages import text_of, visitor
from tests.people import make_user
from tests.queries import cost

PAGE = "/admin/ceilings"


@pytest.fixture
def here(db: None) -> str:
    return f"/admin/organizations/{default_organization().name}/ceiling"


def test_a_ceiling_of_a_role_is_set_changed_and_removed(owner: User) -> None:
    client = visitor(owner)

    sent = {"days": "90", "scopes": "workspace:read, user:read", "forbids_full_access": "on"}
    assert client.post(f"{PAGE}/member", sent).url == PAGE
    row = KeyCeiling.objects.get(role="member")
    assert row.max_lifetime_seconds == 90 * 86_400
    assert row.scopes == ["workspace:read", "user:read"]
    assert row.forbids_full_access
    assert "A life of 90 days at most." in text_of(client.get(PAGE))
    client.post(f"{PAGE}/member", {"max_keys": "3"})
    stored = KeyCeiling.objects.values_list("max_lifetime_seconds", "scopes", "max_keys")
    assert [*stored] == [(None, None, 3)]
    client.post(f"{PAGE}/member/remove")
    assert not KeyCeiling.objects.exists()


def test_a_ceiling_of_an_organization_is_set_and_removed(here: str) -> None:
    client = visitor(make_user("ada", organization_roles=["organization-admin"]))

    assert client.post(here, {"max_keys": "0"}).url == here
    assert KeyCeiling.objects.get().max_keys == 0
    client.post(f"{here}/remove")

    assert not KeyCeiling.objects.exists()


def test_the_audit_knows_the_page(owner: User) -> None:
    visitor(owner).post(f"{PAGE}/member", {"max_keys": "3"})

    entry = Entry.objects.get(resource_type="key_ceiling")
    assert entry.additional_fields["page"] == f"{PAGE}/member"


# Whoever opens the form and saves it must not lengthen or shorten a life of hours.
def test_a_life_of_hours_is_kept_until_it_is_changed(owner: User) -> None:
    KeyCeiling.objects.create(role="member", max_lifetime_seconds=3600)
    client = visitor(owner)

    client.post(f"{PAGE}/member", {"days": "1", "max_keys": "3"})
    assert KeyCeiling.objects.get().max_lifetime_seconds == 3600
    client.post(f"{PAGE}/member", {"days": "2", "max_keys": "3"})

    assert KeyCeiling.objects.get().max_lifetime_seconds == 2 * 86_400


# Whoever opens the form and saves it must not turn a ceiling of no scope into one of any.
def test_a_ceiling_of_no_scope_is_kept_until_it_is_changed(owner: User) -> None:
    KeyCeiling.objects.create(role="member", scopes=[])
    client = visitor(owner)
    assert "No scope at all." in text_of(client.get(PAGE))
    shown = client.get(f"{PAGE}/member").context["form"].initial

    client.post(f"{PAGE}/member", {"scopes": shown["scopes"], "max_keys": "3"})
    assert KeyCeiling.objects.get().scopes == []
    client.post(f"{PAGE}/member", {"scopes": "workspace:read", "max_keys": "3"})
    assert KeyCeiling.objects.get().scopes == ["workspace:read"]
    client.post(f"{PAGE}/member", {"scopes": "", "max_keys": "3"})
    assert KeyCeiling.objects.get().scopes is None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Set one limit at least, or remove the ceiling."),
        ({"scopes": "workspace:fly"}, "There is no scope workspace:fly."),
        ({"days": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_no_ceiling_is_refused(owner: User, sent: dict[str, str], words: str) -> None:
    answer = visitor(owner).post(f"{PAGE}/member", sent)

    assert answer.status_code == 400
    assert words in text_of(answer)
    assert not KeyCeiling.objects.exists()


def test_a_role_that_there_is_not_is_not_found(owner: User) -> None:
    client = visitor(owner)

    assert client.get(f"{PAGE}/member").status_code == 200
    assert client.get(f"{PAGE}/nobody").status_code == 404
    assert client.get(f"{PAGE}/member/remove").status_code == 404


def test_an_auditor_sees_and_is_offered_nothing(db: None) -> None:
    KeyCeiling.objects.create(role="member", max_keys=3)
    words = text_of(visitor(make_user("ada", roles=["auditor"])).get(PAGE))

    assert "At most 3 keys a person." in words
    assert "Remove" not in words
    assert "Change" not in words


def test_a_list_of_many_costs_no_more(owner: User) -> None:
    def visit() -> int:
        client = visitor(owner, last_used_at=timezone.now())
        return len(cost(lambda: client.get(PAGE)))

    visit()
    KeyCeiling.objects.create(organization=Organization.objects.create(name="one"), max_keys=1)
    few = visit()
    for number in range(50):
        place = Organization.objects.create(name=f"place-{number}")
        KeyCeiling.objects.create(organization=place, max_keys=1)

    assert visit() == few <= 7
