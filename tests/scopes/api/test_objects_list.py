"""`GET /objects/{type}`: what the caller may read, page by page, and what that costs."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import User
from scopes.callers import find_caller
from scopes.engine.decision import decide
from scopes.models import Group, GroupMembership, Membership, Organization, RegisteredObject
from scopes.objects import selectors
from scopes.objects.types import registered_object
from scopes.organizations.selectors import default_organization
from tests.people import Api, make_key, make_user, signed_in
from tests.queries import cost, used
from tests.scopes.keyring import narrowed
from tests.scopes.registry import store, wrong

PATH = "/objects/workspace"


def listed(api: Api, query: str = "") -> list[str]:
    answer = api.get(f"{PATH}{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["objects"]]


def numbered(number: int) -> UUID:
    return UUID(int=number)


def stored(count: int, **row: Any) -> list[str]:
    """Store many workspaces with the ids 1, 2, 3…; return their ids."""
    rows = [RegisteredObject(type="workspace", object_id=numbered(n), **row)
            for n in range(1, count + 1)]  # fmt: skip
    RegisteredObject.objects.bulk_create(rows)
    return [str(row.object_id) for row in rows]


def test_objects_come_by_id_and_of_the_type_only(as_owner: Api) -> None:
    ids = sorted(str(store().object_id) for _ in range(5))
    store("template")

    assert listed(as_owner) == ids
    assert as_owner.get(PATH).json()["next_after_id"] == ""
    assert as_owner.get("/objects/task").json() == {"objects": [], "next_after_id": ""}


def test_filters_narrow_the_list(as_alice: Api, alice: User, mallory: User) -> None:
    home, other = default_organization(), Organization.objects.create(name="other")
    Membership.objects.create(user=alice, organization=other)
    mine = store(owner=alice, organization=home)
    elsewhere = store(owner=alice, organization=other)
    shared = store(owner=mallory, acl_users={str(alice.pk): ["read"]})

    for query, rows in (
        ("", [mine, elsewhere, shared]),
        ("?owner_id=me", [mine, elsewhere]),
        (f"?owner_id={alice.pk}", [mine, elsewhere]),
        (f"?owner_id={mallory.pk}", [shared]),
        (f"?organization_id={home.pk}", [mine]),
        (f"?owner_id=me&organization_id={other.pk}", [elsewhere]),
        (f"?owner_id={mallory.pk}&organization_id={other.pk}", []),
        (f"?owner_id={uuid4()}", []),
    ):
        assert set(listed(as_alice, query)) == {str(row.object_id) for row in rows}, query


def test_wrong_query_is_told_at_once(as_owner: Api) -> None:
    answer = as_owner.get(f"{PATH}?owner_id=alice&organization_id=x&limit=-1&after_id=y")

    assert answer.status_code == 400
    assert {*wrong(answer)} == {"owner_id", "organization_id", "limit", "after_id"}


def test_pages_follow_each_other(as_owner: Api) -> None:
    ids = stored(25)
    seen, after = [], ""

    for size in (10, 10, 5):
        page = as_owner.get(f"{PATH}?limit=10&after_id={after}").json()
        assert len(page["objects"]) == size
        seen += [row["id"] for row in page["objects"]]
        after = page["next_after_id"]

    assert (seen, after) == (ids, "")
    exact = as_owner.get(f"{PATH}?limit=25").json()
    assert (len(exact["objects"]), exact["next_after_id"]) == (25, "")


def test_page_has_a_hundred_and_at_most_a_thousand(as_owner: Api) -> None:
    stored(1010)

    for query, size in (("", 100), ("?limit=0", 100), ("?limit=7", 7), ("?limit=5000", 1000)):
        assert len(listed(as_owner, query)) == size


# A page looks at a limited number of rows; following `next_after_id` finds all of them.
def test_search_for_readable_rows_is_bounded(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "MOST", 10)
    ids = stored(35, organization=default_organization())  # Of others, in alice's organization.
    RegisteredObject.objects.filter(object_id=ids[23]).update(owner=alice)
    api, pages, after = signed_in(alice), [], ""

    for _ in range(4):
        page = api.get(f"{PATH}?limit=5&after_id={after}").json()
        pages.append([row["id"] for row in page["objects"]])
        after = page["next_after_id"]

    assert (pages, after) == ([[], [], [ids[23]], []], "")


def world(alice: User, mallory: User) -> None:
    """Store an object for each way to be allowed or not to be."""
    home, other = default_organization(), Organization.objects.create(name="other")
    mixed = Organization.objects.create(name="mixed")
    Membership.objects.create(user=alice, organization=mixed, roles=["organization-admin"])
    group = Group.objects.create(name="team", organization=home)
    GroupMembership.objects.create(group=group, user=alice)
    lists: tuple[dict[str, list[str]], ...] = (
        {},
        {str(alice.pk): ["read"]},
        {str(alice.pk): ["update"]},
        {str(alice.pk): ["*"]},
    )
    group_lists: tuple[dict[str, list[str]], ...] = (
        {},
        {str(group.pk): ["read"]},
        {str(home.pk): ["*"]},
        {str(other.pk): ["read"]},
    )
    for organization in (None, home, other, mixed):
        for owner in (None, alice, mallory):
            for users in lists:
                for groups in group_lists:
                    store(owner=owner, organization=organization, acl_users=users,
                          acl_groups=groups)  # fmt: skip


# The SQL leaves out only what the engine refuses, whoever asks and with whatever key.
def test_list_is_what_the_engine_allows_row_by_row(alice: User, mallory: User) -> None:
    world(alice, mallory)
    some = [str(pk) for pk in RegisteredObject.objects.values_list("object_id", flat=True)[::9]]
    people = [alice, mallory, *(make_user(role, roles=[role]) for role in ("owner", "auditor"))]
    keys: list[tuple[User, dict[str, Any]]] = [(user, key) for user in people for key in (
        {}, {"scopes": ["workspace:read"]}, {"scopes": ["template:read"]},
        {"allow_list": ["workspace:*"]}, {"allow_list": ["template:*"]},
        {"allow_list": [f"workspace:{one}" for one in some[:5]]},
        {"allow_list": [f"*:{one}" for one in some[5:]] + ["template:*"]},
    )]  # fmt: skip
    for user, fields in keys:
        secret = make_key(user, **fields)
        caller = find_caller(secret[:10])
        assert caller is not None
        expected = {
            str(row.object_id)
            for row in RegisteredObject.objects.all()
            if decide(caller.subject, "read", registered_object(row))
        }

        assert set(listed(Api(secret), "?limit=1000")) == expected, (user, fields)


def test_key_without_the_scope_reads_none(alice: User) -> None:
    row = store(owner=alice)

    assert listed(narrowed(alice, "template:read")) == []
    assert listed(narrowed(alice, "workspace:read")) == [str(row.object_id)]


@pytest.mark.parametrize("rows", [1, 50])
def test_list_costs_two_queries_whatever_the_rows(alice: User, owner: User, rows: int) -> None:
    for _ in range(rows):
        store(owner=alice, organization=default_organization())
    for user in (owner, alice):
        api = used(user)
        assert len(listed(api)) == rows
        for query in ("", "?owner_id=me&limit=1000"):
            assert len(cost(partial(api.get, f"{PATH}{query}"))) == 2
