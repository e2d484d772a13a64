"""What each request costs in statements: the same for one row and for many (decision D14)."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from audit.records import record
from scopes.models import (
    CustomRole,
    Group,
    GroupMembership,
    Key,
    Membership,
    Organization,
    RegisteredObject,
)
from scopes.organizations.selectors import default_organization
from tests.people import Api, make_key, make_user
from tests.queries import cost, used
from tests.scopes.keyring import token

# Statements of each request.
LISTS = {
    "/users/me/keys/tokens": 2,
    "/users/me/keys/tokens?include_all=true": 2,
    "/users/me/keys/tokens/tokenconfig": 2,  # And the ceilings.
    "/users/me/login-type": 1,
    "/users/me/organizations": 2,
    "/users/me/roles": 2,
    "/users": 3,
    "/users?limit=100": 4,
    "/users?q=user+status:active+role:member&limit=100": 4,
    "/users/roles": 1,
    "/organizations": 2,
    "/organizations/default": 2,
    "/organizations/default/members": 3,
    "/organizations/default/paginated-members": 4,
    "/organizations/default/members/roles": 3,
    "/organizations/default/members?q=include_system:true": 3,
    "/organizations/default/groups": 5,
    "/groups/{home}": 5,
    "/groups/{group}": 4,
    "/audit": 4,
    "/auth/scopes": 0,
}


# decision D14: `GET /users/me` needs nothing beyond the key.
def test_own_user_costs_one_query(alice: User) -> None:
    api = used(alice)

    (statement,) = cost(lambda: api.get("/users/me"))

    assert statement.startswith("SELECT k.id")


def test_first_use_in_an_hour_costs_two_more_writes(alice: User) -> None:
    api = Api(make_key(alice))

    first, second = (cost(lambda: api.get("/users/me")) for _ in range(2))

    assert len([sql for sql in first if sql.startswith("UPDATE")]) == 2
    assert len(second) == 1


@pytest.mark.parametrize("rows", [1, 50])
def test_every_list_costs_the_same_for_one_row_and_for_fifty(owner: User, rows: int) -> None:
    home = default_organization()
    for number in range(rows):
        other = make_user(f"user{number}", joins=False)
        Membership.objects.create(user=other, organization=home)
        organization = Organization.objects.create(name=f"organization{number}")
        Membership.objects.create(user=owner, organization=organization)
        CustomRole.objects.create(name=f"role{number}", organization=home)
        group = Group.objects.create(name=f"group{number}", organization=home)
        GroupMembership.objects.create(user=other, group=group)
        make_key(other, login_type="token", name=f"t{number}")
        make_key(owner, login_type="token", name=f"t{number}")
    crew = Group.objects.create(name="crew", organization=home)
    for person in User.objects.all():
        GroupMembership.objects.create(user=person, group=crew)
        record(action="write", resource_type="user", actor_id=person.pk)
    api = used(owner)
    paths = {path: path.format(home=home.pk, group=crew.pk) for path in LISTS}

    found = {path: len(cost(partial(api.get, paths[path]))) for path in LISTS}

    assert found == LISTS


# Narrowed keys are judged row by row, still without a query for each row.
@pytest.mark.parametrize("rows", [1, 50])
def test_list_of_a_narrowed_key_costs_the_same_for_one_row_and_for_fifty(
    owner: User, rows: int
) -> None:
    people = [make_user(f"user{number}") for number in range(rows)]
    api = used(owner, scopes=["user:read"], allow_list=[f"user:{one.pk}" for one in people])

    assert len(cost(lambda: api.get("/users"))) == 4


@pytest.mark.parametrize("checks", [1, 100])
def test_authcheck_costs_one_query_whatever_is_asked(alice: User, checks: int) -> None:
    check = {"object": {"resource_type": "workspace", "owner_id": "me"}, "action": "read"}
    body = {"checks": {str(number): check for number in range(checks)}}
    api = used(alice)

    assert len(cost(lambda: api.post("/authcheck", body))) == 1
    assert len(cost(lambda: api.post("/authcheck/explain", body))) == 1


# One query for all ids of a request, of however many types; a second one finds the key.
@pytest.mark.parametrize("types", [1, 2, 10])
def test_authcheck_by_id_costs_one_query_whatever_the_types(owner: User, types: int) -> None:
    home = default_organization()
    group = Group.objects.create(organization=home, name="devs")
    key = make_key(owner)[:10]
    rows: list[tuple[str, Any]] = [
        ("user", owner.pk), ("group", group.pk), ("group", home.pk), ("organization", home.pk),
        ("api_key", key),
    ]  # fmt: skip
    for kind in ("workspace", "template", "task", "file", "license"):
        made = RegisteredObject.objects.create(type=kind, object_id=uuid4())
        rows.append((kind, made.object_id))
    asked = {
        f"{kind} {identifier}": {
            "object": {"resource_type": kind, "resource_id": str(identifier)},
            "action": "read",
        }
        for kind, identifier in rows[-types:]
    }
    api = used(owner)

    answer = api.post("/authcheck", {"checks": asked})

    assert (len(asked), answer.json()) == (types, dict.fromkeys(asked, True))
    for path in ("/authcheck", "/authcheck/explain"):
        assert len(cost(partial(api.post, path, {"checks": asked}))) == 2


def test_reading_and_ending_a_key_costs_a_handful(alice: User) -> None:
    api = used(alice)
    secret = token(api, token_name="ci")
    path = f"/users/me/keys/{secret[:10]}"

    assert len(cost(lambda: api.get(path))) == 2
    assert len(cost(lambda: api.get("/users/me/keys/tokens/ci"))) == 2
    # PostgreSQL locks the rows of people; SQLite has one writer at a time.
    assert len(cost(lambda: api.delete(path))) <= 9
    assert Key.objects.filter(pk=secret[:10]).count() == 0
