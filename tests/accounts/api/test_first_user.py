"""`/users/first`: the account that nobody signed in makes (accounts.md 2.6, 2.7)."""

from typing import Any

import pytest
from django.core import mail

from accounts.models import User
from audit.models import Entry
from scopes.models import Key, Membership
from scopes.organizations.selectors import default_organization
from tests.expect import (
    STRONG,
    WEAK,
    WEAK_DETAIL,
    document,
    invalid,
    refused,
    unreadable,
)
from tests.people import Api, make_user

FIRST = {
    "email": "testuser@coder.com",
    "username": "testuser",
    "name": "Test User",
    "password": "SomeSecurePassword!",
}


# accounts.md T001
def test_nobody_is_reported_as_404_with_the_build(anonymous: Api) -> None:
    answer = anonymous.get("/users/first")
    refused(answer, 404, "The initial user has not been created!")
    assert answer.headers["X-Coder-Build-Version"].startswith("v2.")


def test_somebody_is_reported_as_200(anonymous: Api, alice: User) -> None:
    refused(anonymous.get("/users/first"), 200, "The initial user has already been created!")


def test_deleted_people_do_not_count(anonymous: Api) -> None:
    make_user("gone", is_deleted=True)
    assert anonymous.get("/users/first").status_code == 404
    assert anonymous.post("/users/first", FIRST).status_code == 201


# accounts.md T001
@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"email": 7}'])
def test_a_body_that_is_no_object_is_refused(anonymous: Api, raw: bytes) -> None:
    unreadable(anonymous("POST", "/users/first", raw=raw))
    assert not User.objects.exists()


# accounts.md T001
@pytest.mark.parametrize("raw", [b"{}", b"null"])
def test_an_empty_object_names_every_missing_field(anonymous: Api, raw: bytes) -> None:
    answer = anonymous("POST", "/users/first", raw=raw)
    invalid(answer, email=("required", ""), username=("required", ""), password=("required", ""))


# accounts.md T002
def test_a_second_first_user_is_a_conflict(anonymous: Api) -> None:
    assert anonymous.post("/users/first", FIRST).status_code == 201
    refused(
        anonymous.post("/users/first", FIRST | {"email": "other@coder.com", "username": "other"}),
        409,
        "The initial user has already been created.",
    )
    assert User.objects.count() == 1


def test_validation_comes_before_the_conflict(anonymous: Api, alice: User) -> None:
    assert anonymous.post("/users/first", FIRST | {"email": "no"}).status_code == 400
    assert anonymous.post("/users/first", FIRST).status_code == 409


def test_the_conflict_comes_before_the_password(anonymous: Api, alice: User) -> None:
    assert anonymous.post("/users/first", FIRST | {"password": WEAK}).status_code == 409


# accounts.md T003
def test_the_first_user_signs_in_and_is_who_was_submitted(anonymous: Api) -> None:
    made = document(anonymous.post("/users/first", FIRST))
    secret = document(anonymous.post("/users/login", FIRST))["session_token"]
    me = document(Api(secret).get("/users/me"))
    assert {name: me[name] for name in ("email", "username", "name")} == {
        name: FIRST[name] for name in ("email", "username", "name")
    }
    assert me["id"] == made["user_id"]
    assert me["organization_ids"] == [made["organization_id"]]
    assert (me["status"], me["login_type"]) == ("active", "password")


# accounts.md T004
def test_a_trial_is_ignored(anonymous: Api) -> None:
    trial = {"trial": True, "trial_info": {"first_name": "Ada", "developers": "1-50"}}
    assert anonymous.post("/users/first", FIRST | trial).status_code == 201


# accounts.md T005
def test_the_first_user_is_an_owner_and_nothing_in_the_organization(anonymous: Api) -> None:
    made = document(anonymous.post("/users/first", FIRST))
    secret = document(anonymous.post("/users/login", FIRST))["session_token"]
    assert document(Api(secret).get("/users/me/roles")) == {
        "roles": ["owner"],
        "organization_roles": {made["organization_id"]: []},
    }


def test_the_answer_names_both_ids_and_signs_nobody_in(anonymous: Api) -> None:
    answer = anonymous.post("/users/first", FIRST)
    user = User.objects.get()
    assert document(answer) == {
        "user_id": str(user.pk),
        "organization_id": str(default_organization().pk),
    }
    assert "coder_session_token" not in answer.cookies
    assert Membership.objects.get().roles == []
    assert (Key.objects.count(), Entry.objects.count(), len(mail.outbox)) == (0, 0, 0)


def test_a_weak_password_is_refused_and_stores_nobody(anonymous: Api) -> None:
    refused(
        anonymous.post("/users/first", FIRST | {"password": WEAK}),
        400,
        "Password is invalid",
        validations={"password": WEAK_DETAIL},
    )
    assert not User.objects.exists()
    assert anonymous.post("/users/first", FIRST | {"password": STRONG}).status_code == 201


# accounts.md T246, H6
@pytest.mark.parametrize(
    "username",
    ["has space", "bananas_wow", "test--now", "-a", "a" * 33, "new", "me", "Me", "0" * 32],
)
def test_a_name_nobody_could_be_addressed_by_is_refused(anonymous: Api, username: str) -> None:
    answer = anonymous.post("/users/first", FIRST | {"username": username})
    invalid(answer, username=("username", username))


# accounts.md T246
@pytest.mark.parametrize("username", ["1", "a", "a1b2c3d4", "wow-test", "z" * 32, "mee"])
def test_a_proper_name_is_accepted(anonymous: Api, username: str) -> None:
    assert anonymous.post("/users/first", FIRST | {"username": username}).status_code == 201


# accounts.md T248
@pytest.mark.parametrize("name", [" front", "back ", "x" * 129])
def test_a_real_name_that_is_not_normal_is_refused(anonymous: Api, name: str) -> None:
    invalid(anonymous.post("/users/first", FIRST | {"name": name}), name=("user_real_name", name))


# accounts.md T248
@pytest.mark.parametrize("name", ["", "x" * 128, "日本 語"])
def test_a_normal_real_name_is_kept(anonymous: Api, name: str) -> None:
    assert anonymous.post("/users/first", FIRST | {"name": name}).status_code == 201
    assert User.objects.get().name == name


def test_field_names_match_in_any_case_and_the_last_repetition_wins(anonymous: Api) -> None:
    raw = (
        b'{"EMAIL": "a@coder.com", "Username": "first", "username": "second", '
        b'"password": "SomeSecurePassword!"} trailing'
    )
    assert anonymous("POST", "/users/first", raw=raw).status_code == 201
    assert User.objects.get().username == "second"


# accounts.md T241: the one write that a page with a foreign session cookie may make.
def test_it_is_exempt_from_csrf(anonymous: Api) -> None:
    headers: dict[str, Any] = {"Cookie": "coder_session_token=stale"}
    assert anonymous.post("/users/first", FIRST, **headers).status_code == 201
