"""Groups and custom roles in the admin: to look at, by the rules of the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from scopes.models import CustomRole, Group, GroupMembership, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.pages import text_of, visitor
from tests.people import make_user

GROUPS, ROLES = "/admin/scopes/group/", "/admin/scopes/customrole/"


def team(organization: Organization | None = None, name: str = "red-team") -> Group:
    return Group.objects.create(name=name, organization=organization or default_organization())


def role(organization: Organization | None = None, name: str = "deployer") -> CustomRole:
    return CustomRole.objects.create(
        name=name,
        organization=organization or default_organization(),
        permissions=[{"resource_type": "template", "action": "update"}],
    )


def test_owner_sees_groups_with_their_people(owner: User, alice: User, mallory: User) -> None:
    group = team()
    GroupMembership.objects.create(group=group, user=alice)
    client = visitor(owner)
    assert "red-team" in text_of(client.get(GROUPS))
    page = text_of(client.get(f"{GROUPS}{group.pk}/change/"))
    assert ("alice" in page, "mallory" in page) == (True, False)
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    assert "alice" not in text_of(client.get(f"{GROUPS}{group.pk}/change/"))


def test_owner_sees_what_a_custom_role_grants(owner: User) -> None:
    row = role()
    client = visitor(owner)
    for path in (ROLES, f"{ROLES}{row.pk}/change/"):
        assert "template:update" in text_of(client.get(path))


@pytest.mark.parametrize("path", [GROUPS, ROLES])
def test_nothing_is_changed_here(owner: User, path: str) -> None:
    row = team() if path == GROUPS else role()
    client = visitor(owner)
    assert client.get(f"{path}{row.pk}/change/").status_code == 200
    assert client.post(f"{path}{row.pk}/change/", {"name": "mine"}).status_code == 403
    assert client.get(f"{path}add/").status_code == 403
    assert client.get(f"{path}{row.pk}/delete/").status_code == 404
    row.refresh_from_db()
    assert row.name != "mine"


@pytest.mark.parametrize("path", [GROUPS, ROLES])
def test_organization_admin_sees_their_own_only(db: None, path: str) -> None:
    theirs = Organization.objects.create(name="theirs")
    make = team if path == GROUPS else role
    own, foreign = make(theirs, "of-mine"), make(None, "of-others")
    admin = make_user("otto", organization=theirs, organization_roles=["organization-admin"])
    client = visitor(admin)
    page = text_of(client.get(path))
    assert ("of-mine" in page, "of-others" in page, "Coder" in page) == (True, False, False)
    assert client.get(f"{path}{own.pk}/change/").status_code == 200
    assert client.get(f"{path}{foreign.pk}/change/").status_code == 302
    Membership.objects.create(
        user=admin, organization=default_organization(), roles=["organization-admin"]
    )
    assert client.get(f"{path}{foreign.pk}/change/").status_code == 200


# The owner's allow list opens the admin and names no group, no role and no group's people.
def test_narrowed_key_sees_what_it_may_read_only(owner: User, alice: User) -> None:
    group, row = team(), role()
    GroupMembership.objects.create(group=group, user=alice)
    narrow = visitor(owner, allow_list=["organization:*"])
    assert "red-team" not in text_of(narrow.get(GROUPS))
    assert row.name not in text_of(narrow.get(ROLES))
    groups = visitor(owner, allow_list=["organization:*", "group:*", "assign_org_role:*"])
    assert "red-team" in text_of(groups.get(GROUPS))
    assert row.name in text_of(groups.get(ROLES))
    assert "alice" not in text_of(groups.get(f"{GROUPS}{group.pk}/change/"))
    named = visitor(owner, allow_list=["organization:*", f"group:{group.pk}", "assign_org_role:x"])
    assert "red-team" in text_of(named.get(GROUPS))
    assert row.name not in text_of(named.get(ROLES))


@pytest.mark.parametrize("path", [GROUPS, ROLES])
def test_list_costs_the_same_for_one_and_for_fifty(owner: User, path: str) -> None:
    client = visitor(owner)
    make = team if path == GROUPS else role
    make(None, "row-x")
    client.get(path)  # The key's use is noted once.
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for number in range(49):
        make(None, f"row-{number}")
    with CaptureQueriesContext(connection) as many:
        assert "row-48" in text_of(client.get(path))
    assert len(few) == len(many)
