"""`/admin/organizations`: members, roles and groups."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from scopes.models import CustomRole, Group, GroupMembership, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.pages import notices, text_of, visitor
from tests.people import make_user
from tests.queries import cost


@pytest.fixture
def home(db: None) -> Organization:
    return default_organization()


@pytest.fixture
def here(home: Organization) -> str:
    return f"/admin/organizations/{home.name}"


def test_an_organization_is_made_changed_and_deleted(owner: User) -> None:
    client = visitor(owner)

    made = client.post("/admin/organizations/new", {"name": "away", "display_name": "Away"})
    assert made.url == "/admin/organizations/away"
    changed = client.post(f"{made.url}/change", {"name": "abroad", "display_name": "Abroad"})
    assert changed.url == "/admin/organizations/abroad"
    Membership.objects.filter(organization__name="abroad").delete()
    answer = client.post(f"{changed.url}/delete")

    assert answer.url == "/admin/organizations"
    assert not Organization.objects.filter(name="abroad").exists()


def test_a_taken_name_is_refused(owner: User, home: Organization) -> None:
    answer = visitor(owner).post("/admin/organizations/new", {"name": home.name})

    assert answer.status_code == 409


def test_a_member_is_added_given_a_role_and_removed(
    owner: User, home: Organization, here: str
) -> None:
    new = make_user("grace", joins=False)
    client = visitor(owner)

    client.post(f"{here}/members/add", {"user": "grace"})
    membership = Membership.objects.get(user=new, organization=home)
    assert "Organization Auditor" in text_of(client.get(f"{here}/members/grace"))
    client.post(f"{here}/members/grace/roles", {"roles": ["organization-auditor"]})
    membership.refresh_from_db()
    assert membership.roles == ["organization-auditor"]
    answer = client.post(f"{here}/members/grace/remove")
    assert notices(answer)[-1] == "grace is no longer a member."
    assert not Membership.objects.filter(user=new).exists()


def test_unknown_people_are_told_in_the_form(owner: User, here: str) -> None:
    answer = visitor(owner).post(f"{here}/members/add", {"user": "nobody"})

    assert answer.status_code == 400
    assert "nobody" in answer.content.decode()


def test_fifty_members_cost_as_much_as_one(owner: User, here: str) -> None:
    client = visitor(owner, last_used_at=timezone.now())
    one = cost(lambda: client.get(here))
    for number in range(60):
        make_user(f"u{number}")

    assert len(cost(lambda: client.get(here))) == len(one) <= 7


def test_a_role_is_made_with_the_matrix_changed_and_deleted(
    owner: User, home: Organization, here: str
) -> None:
    client = visitor(owner)
    permissions = ["group:read", "template:use"]

    client.post(f"{here}/roles/new", {"name": "builder", "permissions": permissions})
    page = client.get(f"{here}/roles/builder").content.decode()
    assert page.count("checked") == 2
    client.post(f"{here}/roles/builder", {"name": "builder", "permissions": ["group:read"]})
    role = CustomRole.objects.get(name="builder", organization=home)
    assert role.permissions == [{"resource_type": "group", "action": "read"}]
    client.post(f"{here}/roles/builder/delete")
    assert not CustomRole.objects.filter(name="builder").exists()


def test_nobody_grants_what_they_do_not_hold(here: str) -> None:
    admin = make_user("uma", organization_roles=["organization-user-admin"])
    sent: dict[str, Any] = {"name": "builder", "permissions": ["template:delete"]}

    assert visitor(admin).post(f"{here}/roles/new", sent).status_code == 404
    assert not CustomRole.objects.exists()


def test_a_group_is_made_filled_and_deleted(
    owner: User, alice: User, home: Organization, here: str
) -> None:
    client = visitor(owner)

    made = client.post(f"{here}/groups/new", {"name": "readers"})
    group = Group.objects.get(organization=home, name="readers")
    assert made.url == f"{here}/groups/{group.pk}"
    client.post(made.url, {"add": "alice"})
    assert GroupMembership.objects.filter(group=group, user=alice).exists()
    client.post(made.url, {"remove": "alice"})
    assert not GroupMembership.objects.filter(group=group).exists()
    answer = client.post(f"{made.url}/delete")
    assert answer.url == f"{here}/groups"


def test_a_group_of_elsewhere_is_not_found_here(owner: User, here: str) -> None:
    away = Organization.objects.create(name="away")
    group = Group.objects.create(organization=away, name="readers")

    assert visitor(owner).get(f"{here}/groups/{group.pk}").status_code == 404
    elsewhere = f"/admin/organizations/away/groups/{group.pk}"
    assert visitor(owner).get(elsewhere).status_code == 200


def test_an_auditor_of_the_organization_is_offered_no_act(here: str) -> None:
    auditor = make_user("aud", organization_roles=["organization-auditor"])
    client = visitor(auditor)

    assert "All" not in text_of(client.get("/admin/"))
    assert "Organizations" in text_of(client.get("/admin/"))
    page = text_of(client.get(here))
    for act in ("Add a member", "Change", "Delete", "Acts"):
        assert act not in page
