"""`PUT /users/{user}/profile` (accounts.md 2.12)."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.expect import (
    NOT_FOUND,
    audited,
    document,
    invalid,
    last_entry,
    refused,
    unknown_user,
    unreadable,
)
from tests.people import Api, make_key, make_user, signed_in

TAKEN = "A user with this username already exists."
IN_USE = {"username": "This username is already in use."}


def put(api: Api, reference: object, username: str, **fields: Any) -> Any:
    return api.put(f"/users/{reference}/profile", {"username": username, **fields})


# accounts.md T102, T103
@pytest.mark.parametrize("roles", [["owner"], []])
def test_people_rename_themselves(db: None, roles: list[str]) -> None:
    user = make_user("ada", roles=roles)

    answer = put(signed_in(user), "me", "ada2", name="Ada L")

    shown = document(answer)
    assert (answer.status_code, shown["username"], shown["name"]) == (200, "ada2", "Ada L")
    assert len(shown["organization_ids"]) == 1
    before = user.updated_at
    user.refresh_from_db()
    assert (user.username, user.name, user.updated_at > before) == ("ada2", "Ada L", True)
    assert audited() == [("write", "user", 200)]
    assert last_entry().diff == {
        "username": {"old": "ada", "new": "ada2", "secret": False},
        "name": {"old": "", "new": "Ada L", "secret": False},
    }


# accounts.md T104
def test_a_real_name_changes_alone_and_is_cleared_when_left_out(as_alice: Api) -> None:
    assert document(put(as_alice, "me", "alice", name="Alice A"))["name"] == "Alice A"
    assert "name" not in document(put(as_alice, "me", "alice"))


# accounts.md T106
def test_an_administrator_renames_others(as_owner: Api, alice: User) -> None:
    assert document(put(as_owner, "alice", "alicia"))["username"] == "alicia"
    unknown_user(as_owner.get("/users/alice"), "alice")
    assert as_owner.get("/users/ALICIA").status_code == 200


def test_the_case_of_a_name_may_change(as_alice: Api) -> None:
    assert document(put(as_alice, "me", "Alice"))["username"] == "Alice"


# accounts.md T101
@pytest.mark.parametrize("taken", ["alice", "ALICE"])
def test_a_name_is_given_once(as_owner: Api, alice: User, taken: str) -> None:
    refused(put(as_owner, "me", taken), 409, TAKEN, validations=IN_USE)
    assert audited() == [("write", "user", 409)]
    as_owner.delete("/users/alice")
    assert put(as_owner, "me", taken).status_code == 200


def test_a_member_learns_that_a_name_is_taken_only_by_trying(
    as_alice: Api, owner: User, alice: User
) -> None:
    refused(put(as_alice, "me", "owner"), 409, TAKEN, validations=IN_USE)
    alice.refresh_from_db()
    assert alice.username == "alice"


# accounts.md T100
def test_an_unknown_id_is_a_bad_request(as_owner: Api, as_mallory: Api, alice: User) -> None:
    missing = str(uuid4())
    unknown_user(put(as_owner, missing, "x"), missing)
    unknown_user(put(as_mallory, "alice", "x"), "alice")


# accounts.md T107
def test_all_bad_fields_are_told(as_owner: Api) -> None:
    invalid(
        as_owner.put("/users/me/profile", {"name": " Ada"}),
        username=("required", ""),
        name=("user_real_name", " Ada"),
    )
    assert put(as_owner, "me", "owner", name="Ada").status_code == 200


@pytest.mark.parametrize("name", ["-", "a--b", "me", "a" * 33, "0" * 32, "new", "a b", "ä"])
def test_a_name_that_cannot_be_addressed_is_refused(as_owner: Api, name: str) -> None:
    invalid(put(as_owner, "me", name), username=("username", name))


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"username": 1}'])
def test_a_body_of_another_shape_is_refused(as_owner: Api, raw: bytes) -> None:
    unreadable(as_owner("PUT", "/users/me/profile", raw=raw))


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("user-admin", 200), ("template-admin", 404), ("auditor", 404)],
)
def test_who_may_rename_others(alice: User, role: str, status: int) -> None:
    actor = signed_in(make_user("actor", roles=[role]))

    answer = put(actor, "alice", "alicia")

    assert answer.status_code == status
    assert audited() == [("write", "user", status)]
    if status == 404:
        refused(answer, 404, NOT_FOUND)


def test_a_narrowed_key_renames_only_with_the_scope(owner: User, alice: User) -> None:
    for scope, status in (("user:read", 404), ("user:*", 200)):
        key = Api(make_key(alice, login_type="token", name=scope, scopes=[scope]))
        assert put(key, "me", "alicia").status_code == status


# accounts.md H14
def test_only_owners_rename_owners(as_owner: Api, settings: Settings) -> None:
    make_user("second", roles=["owner"])
    actor = signed_in(make_user("actor", roles=["user-admin"]))

    refused(
        put(actor, "second", "other"),
        403,
        "Only owners can change an owner.",
        detail="Ask an owner to do this.",
    )
    assert put(as_owner, "second", "other").status_code == 200
    settings.PROTECT_OWNERS = False
    assert put(actor, "other", "third").status_code == 200


def test_every_login_type_has_a_profile(as_owner: Api) -> None:
    for kind in ("none", "github", "oidc"):
        make_user(kind, login_type=kind)
        assert put(as_owner, kind, f"{kind}2", name="A robot").status_code == 200
