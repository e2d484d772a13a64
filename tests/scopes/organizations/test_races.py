"""Real threads on PostgreSQL: people, roles and groups of an organization that change at once."""

import pytest

from accounts.models import User
from scopes.models import CustomRole, Group, GroupMembership, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.people import Api, make_user
from tests.threads import at_once, status

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

MEMBERS = "/organizations/default/members"


def test_one_of_four_adds_the_member(as_owner: Api) -> None:
    for number in range(4):
        make_user(f"user{number}", joins=False)

        answers = at_once(*[status(as_owner, "POST", f"{MEMBERS}/user{number}")] * 4)

        assert sorted(answers) == [200, 400, 400, 400]


def test_one_of_four_makes_the_role_the_group_and_the_organization(as_owner: Api) -> None:
    for path, made in (
        (f"{MEMBERS}/roles", 200),
        ("/organizations/default/groups", 201),
        ("/organizations", 201),
    ):
        answers = at_once(*[status(as_owner, "POST", path, {"name": "same"})] * 4)
        assert sorted(answers) == [made, 409, 409, 409]


def test_role_that_is_deleted_while_it_is_given_is_held_by_nobody(as_owner: Api) -> None:
    alice = make_user("alice")
    for _ in range(6):
        CustomRole.objects.create(name="deployer", organization=default_organization())

        given, deleted = at_once(
            status(as_owner, "PUT", f"{MEMBERS}/alice/roles", {"roles": ["deployer"]}),
            status(as_owner, "DELETE", f"{MEMBERS}/roles/deployer"),
        )

        assert (given in {200, 400}, deleted) == (True, 204)
        assert Membership.objects.get(user=alice).roles == []


def test_a_member_who_leaves_while_added_to_a_group_is_in_no_group(as_owner: Api) -> None:
    home = default_organization()
    group = Group.objects.create(name="team", organization=home)
    alice = make_user("alice")
    for _ in range(6):
        body = {"add_users": [str(alice.pk)]}

        added, removed = at_once(
            status(as_owner, "PATCH", f"/groups/{group.pk}", body),
            status(as_owner, "DELETE", f"{MEMBERS}/alice"),
        )

        assert (added in {200, 400}, removed) == (True, 204)
        assert GroupMembership.objects.count() == 0
        Membership.objects.create(user=alice, organization=home)


def test_organization_is_not_deleted_under_somebody_who_joins(as_owner: Api) -> None:
    make_user("alice")
    owner = User.objects.get(username="owner")
    for number in range(6):
        row = Organization.objects.create(name=f"tenant{number}")
        Membership.objects.create(user=owner, organization=row)
        path = f"/organizations/{row.pk}"

        joined, deleted = at_once(
            status(as_owner, "POST", f"{path}/members/alice"), status(as_owner, "DELETE", path)
        )

        assert (joined, deleted) in {(200, 409), (404, 200)}
