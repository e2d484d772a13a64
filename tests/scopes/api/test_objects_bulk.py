"""`POST /objects/bulk`: many at once, all or none, at a cost that does not grow with them."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts.models import User
from audit.models import Entry
from scopes.models import Group, RegisteredObject
from scopes.organizations.selectors import default_organization
from tests.people import Api, make_user
from tests.queries import cost, used
from tests.scopes.keyring import NOT_FOUND
from tests.scopes.registry import store, wrong

PATH = "/objects/bulk"


def entry(identifier: object = None, kind: str = "workspace", **content: Any) -> dict[str, Any]:
    return {"type": kind, "id": str(identifier or uuid4()), **content}


def named(row: RegisteredObject) -> dict[str, Any]:
    return entry(row.object_id, row.type)


def test_many_are_made_changed_and_forgotten(as_owner: Api, owner: User, alice: User) -> None:
    kept, gone = store(), store("template")
    new = [entry(owner_id="me"), entry(kind="task", owner_id=str(alice.pk))]

    answer = as_owner.post(
        PATH,
        {
            "put": [*new, named(kept) | {"acl_user_list": {str(alice.pk): ["read"]}}],
            "delete": [named(gone)],
        },
    )

    assert (answer.status_code, answer.json()) == (200, {"created": 2, "updated": 1, "deleted": 1})
    assert RegisteredObject.objects.count() == 3
    made = RegisteredObject.objects.get(type="task")
    assert (made.owner, str(made.object_id)) == (alice, new[1]["id"])
    created_at = kept.created_at
    kept.refresh_from_db()
    assert kept.acl_users == {str(alice.pk): ["read"]}
    assert (kept.created_at, kept.updated_at > created_at) == (created_at, True)


def test_each_object_has_its_entry_in_the_audit(as_owner: Api, owner: User) -> None:
    kept, gone, new = store(owner=owner), store(owner=owner), entry()

    as_owner.post(PATH, {"put": [new, named(kept)], "delete": [named(gone)]})

    entries = Entry.objects.order_by("at")
    assert [(row.action, row.resource_id, row.status_code) for row in entries] == [
        ("create", new["id"], 201),
        ("write", str(kept.object_id), 200),
        ("delete", str(gone.object_id), 204),
    ]
    assert {row.actor_id for row in entries} == {owner.pk}
    assert entries[1].diff == {"owner_id": {"old": str(owner.pk), "new": "", "secret": False}}


@pytest.mark.parametrize("body", [{}, {"put": [], "delete": None}])
def test_nothing_asked_is_nothing_done(as_alice: Api, body: dict[str, Any]) -> None:
    assert as_alice.post(PATH, body).json() == {"created": 0, "updated": 0, "deleted": 0}


@pytest.mark.parametrize(
    ("bad", "status", "field"),
    [
        (entry(owner_id=str(uuid4())), 400, "put[2].owner_id"),
        (entry(organization_id=str(uuid4())), 400, "put[2].organization_id"),
        (entry(owner_id="ada"), 400, "put[2].owner_id"),
        (entry(owner_id=7), 400, "put[2]"),
        (entry("x"), 400, "put[2].id"),
        (entry(kind="user"), 400, "put[2]"),
        (entry(kind="usage_event"), 404, "put[2]"),
        (entry(acl_user_list={str(UUID(int=7)): ["read"]}), 400,
         f"put[2].acl_user_list.{UUID(int=7)}"),
        (entry(acl_user_list={str(UUID(int=7)): ["fly"]}), 400,
         f"put[2].acl_user_list.{UUID(int=7)}"),
        ({}, 400, "put[2]"),
        (None, 400, "put[2]"),
    ],
)  # fmt: skip
def test_first_bad_entry_is_named_and_nothing_is_done(
    as_owner: Api, bad: Any, status: int, field: str
) -> None:
    row = store()
    good = [entry(), entry()]

    answer = as_owner.post(PATH, {"put": [*good, bad], "delete": [named(row)]})

    assert (answer.status_code, [*wrong(answer)]) == (status, [field])
    assert answer.json()["detail"].startswith("put[2]")
    assert [one.pk for one in RegisteredObject.objects.all()] == [row.pk]
    assert not Entry.objects.filter(status_code__lt=300).exists()
    fine = as_owner.post(PATH, {"put": good, "delete": [named(row)]})
    assert fine.json() == {"created": 2, "updated": 0, "deleted": 1}


def test_refusals_are_those_of_single_requests(as_alice: Api, alice: User, mallory: User) -> None:
    hidden = store(owner=mallory)
    shared = store(owner=mallory, acl_users={str(alice.pk): ["read"]})

    for body, status, place in (
        ({"delete": [named(hidden)]}, 404, "delete[0]"),
        ({"delete": [entry()]}, 404, "delete[0]"),
        ({"delete": [named(shared)]}, 403, "delete[0]"),
        ({"put": [entry(owner_id="me"), named(hidden) | {"owner_id": "me"}]}, 404, "put[1]"),
        ({"put": [entry(owner_id="me", acl_user_list={str(mallory.pk): ["read"]}),
                  entry(owner_id=str(mallory.pk))]}, 404, "put[1]"),
    ):  # fmt: skip
        answer = as_alice.post(PATH, body)
        assert (answer.status_code, [*wrong(answer)]) == (status, [place])
    assert wrong(as_alice.post(PATH, {"delete": [entry()]})) == {"delete[0]": NOT_FOUND["message"]}
    assert RegisteredObject.objects.count() == 2


def test_refused_entry_is_the_one_that_is_recorded(as_alice: Api, mallory: User) -> None:
    foreign = entry(owner_id=str(mallory.pk), kind="template")

    as_alice.post(PATH, {"put": [entry(owner_id="me"), foreign]})

    recorded = Entry.objects.get()
    assert (recorded.action, recorded.resource_type) == ("create", "template")
    assert (recorded.resource_id, recorded.status_code) == (foreign["id"], 404)


def test_no_object_is_named_twice(as_owner: Api) -> None:
    row, one = store(), entry()

    for body, place in (
        ({"put": [one, one]}, "put[1]"),
        ({"put": [named(row)], "delete": [named(row)]}, "delete[0]"),
    ):
        answer = as_owner.post(PATH, body)
        assert (answer.status_code, [*wrong(answer)]) == (400, [place])
    assert as_owner.post(PATH, {"put": [one, {**one, "type": "task"}]}).status_code == 200


def test_a_thousand_are_the_most(as_owner: Api) -> None:
    row = store()
    put = [entry(UUID(int=number)) for number in range(1, 1001)]

    answer = as_owner.post(PATH, {"put": put, "delete": [named(row)]})

    assert (answer.status_code, answer.json()) == (
        400,
        {
            "message": "At most 1000 objects can be changed in one request.",
            "detail": "The request names 1001; send them in several requests.",
        },
    )
    assert as_owner.post(PATH, {"put": put}).json()["created"] == 1000
    assert as_owner.post(PATH, {"put": put}).json()["updated"] == 1000
    assert as_owner.post(PATH, {"delete": put}).json()["deleted"] == 1000


# SQLite takes 999 values at a time, so there many rows are more inserts.
@pytest.mark.parametrize("count", [1, 50])
def test_cost_does_not_grow_with_the_objects(owner: User, count: int) -> None:
    home = default_organization()
    people = [str(make_user(f"user{number}").pk) for number in range(count)]
    groups = [str(Group.objects.create(name=f"group{number}", organization=home).pk)
              for number in range(count)]  # fmt: skip
    kept, gone = [store() for _ in range(count)], [store() for _ in range(count)]
    content: list[dict[str, Any]] = [
        {
            "owner_id": person,
            "organization_id": str(home.pk),
            "acl_user_list": {person: ["read"]},
            "acl_group_list": {group: ["read"]},
        }
        for person, group in zip(people, groups, strict=True)
    ]
    put = [entry(**one) for one in content]
    put += [named(row) | one for row, one in zip(kept, content, strict=True)]
    body = {"put": put, "delete": [named(row) for row in gone]}
    api = used(owner)

    statements = cost(lambda: api.post(PATH, body))

    inserts = [sql for sql in statements if sql.startswith("INSERT")]
    # PostgreSQL locks the rows of people; SQLite has one writer at a time.
    locks = 1 if connection.vendor == "postgresql" else 0
    assert len(statements) - len(inserts) == 12 + locks
    if connection.vendor == "postgresql" or count == 1:
        assert len(inserts) == 3
    else:
        assert len(inserts) <= 6
