"""`POST /users/{user}/convert-login` (accounts.md 2.5); the provider's half is elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from scopes.models import Key
from tests.expect import (
    INCORRECT,
    PASSWORDS_OFF,
    audited,
    document,
    invalid,
    last_entry,
    refused,
    unknown_user,
    unreadable,
)
from tests.people import PASSWORD, Api


def convert(api: Api, reference: object = "me", **fields: Any) -> Any:
    body = {"to_type": "oidc", "password": PASSWORD, **fields}
    return api.post(f"/users/{reference}/convert-login", body)


@pytest.mark.parametrize("to_type", ["oidc", "github"])
def test_the_right_password_begins_a_conversion(as_alice: Api, alice: User, to_type: str) -> None:
    before = datetime.now(UTC)
    answer = convert(as_alice, to_type=to_type)
    body = document(answer)
    assert answer.status_code == 201
    assert set(body) == {"state_string", "expires_at", "to_type", "user_id"}
    prefix, _, rest = body["state_string"].partition("-")
    assert (prefix, len(rest), rest.isalnum()) == ("convert", 32, True)
    assert (body["to_type"], body["user_id"]) == (to_type, str(alice.pk))
    assert "." not in body["expires_at"]
    expires_at = datetime.fromisoformat(body["expires_at"])
    assert timedelta(minutes=4, seconds=58) < expires_at - before
    assert expires_at <= datetime.now(UTC) + timedelta(minutes=5)
    assert answer.headers["Cache-Control"] == "no-store"  # accounts.md H13
    assert audited() == [("create", "convert_login", 201)]
    entry = last_entry()
    assert (entry.resource_target, entry.resource_id) == (to_type, str(alice.pk))


def test_nothing_of_the_account_changes_yet(as_alice: Api, alice: User) -> None:
    convert(as_alice)
    alice.refresh_from_db()
    assert (alice.login_type, Key.objects.count()) == ("password", 1)
    assert as_alice.get("/users/me").status_code == 200


def test_each_call_is_a_state_of_its_own(as_alice: Api) -> None:
    states = {document(convert(as_alice))["state_string"] for _ in range(3)}
    assert len(states) == 3


def test_both_fields_are_required(as_alice: Api) -> None:
    invalid(
        as_alice.post("/users/me/convert-login", {}),
        to_type=("required", ""),
        password=("required", ""),
    )
    unreadable(as_alice("POST", "/users/me/convert-login", raw=b"[]"))


@pytest.mark.parametrize("to_type", ["none", "password", "token"])
def test_nobody_converts_to_these(as_alice: Api, to_type: str) -> None:
    refused(
        convert(as_alice, to_type=to_type, password="wrong"),
        400,
        f'Cannot convert to login type "{to_type}".',
    )


@pytest.mark.parametrize("to_type", ["OIDC", "saml", "{to_type}", "x" * 999])
def test_what_nobody_knows_is_refused(as_alice: Api, to_type: str) -> None:
    refused(convert(as_alice, to_type=to_type), 400, f'Unknown login type "{to_type}".')


def test_a_wrong_password_is_refused_and_leaves_no_trace(as_alice: Api) -> None:
    answer = convert(as_alice, password="wrong")
    refused(answer, 401, INCORRECT)
    assert "coder_oauth_convert_jwt" not in answer.cookies
    assert audited() == []


def test_disabled_passwords_are_told_with_the_right_one(as_alice: Api, settings: Settings) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    refused(convert(as_alice, password="wrong"), 401, INCORRECT)
    refused(convert(as_alice), 403, PASSWORDS_OFF)


@pytest.mark.parametrize("login_type", ["oidc", "github"])
def test_another_login_type_is_told_with_the_right_password(
    as_alice: Api, alice: User, login_type: str
) -> None:
    User.objects.filter(pk=alice.pk).update(login_type=login_type)
    refused(convert(as_alice, password="wrong"), 401, INCORRECT)
    refused(
        convert(as_alice),
        403,
        'Incorrect login type, attempting to use "password" '
        f'but user is of login type "{login_type}"',
    )


def test_a_suspended_target_is_told_with_the_right_password(as_owner: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(status="suspended")
    refused(
        convert(as_owner, "alice"),
        401,
        "Your account is suspended. Contact an admin to reactivate your account.",
    )


def test_a_dormant_target_becomes_active(as_owner: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(status="dormant")
    assert convert(as_owner, "alice", password="wrong").status_code == 401
    alice.refresh_from_db()
    assert alice.status == "dormant"
    assert convert(as_owner, "alice").status_code == 201
    alice.refresh_from_db()
    assert alice.status == "active"


def test_the_password_is_the_targets(as_owner: Api, owner: User, alice: User) -> None:
    alice.set_password("Alices-0wn-Passw0rd")
    alice.save()
    refused(convert(as_owner, "alice"), 401, INCORRECT)
    answer = convert(as_owner, "alice", password="Alices-0wn-Passw0rd")
    assert document(answer)["user_id"] == str(alice.pk)
    assert last_entry().actor_id == owner.pk


def test_hidden_people_are_unknown_whatever_the_password(as_mallory: Api, alice: User) -> None:
    unknown_user(convert(as_mallory, "alice"), "alice")


def test_a_deleted_user_converts_to_nothing(as_owner: Api, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    refused(convert(as_owner, alice.pk), 401, INCORRECT)


def test_nobody_signed_in_converts_nobody(anonymous: Api) -> None:
    assert convert(anonymous).status_code == 401
