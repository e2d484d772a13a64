"""`POST /users/login` (accounts.md 2.1)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from scopes.models import CustomRole, Key, Membership
from scopes.organizations.selectors import default_organization
from tests.expect import (
    INCORRECT,
    PASSWORDS_OFF,
    audited,
    document,
    invalid,
    last_entry,
    refused,
    unreadable,
)
from tests.people import PASSWORD, Api, login, make_user, signed_in

SUSPENDED = "Your account is suspended. Contact an admin to reactivate your account."


# accounts.md T010
def test_the_right_password_signs_in(alice: User) -> None:
    answer = login()
    assert answer.status_code == 201
    body = document(answer)
    assert list(body) == ["session_token"]
    assert document(Api(body["session_token"]).get("/users/me"))["id"] == str(alice.pk)


# accounts.md H13
def test_the_answer_sets_the_session_cookie_and_is_not_stored(alice: User) -> None:
    answer = login()
    morsel = answer.cookies["coder_session_token"]
    assert morsel.value == document(answer)["session_token"]
    assert (morsel["path"], morsel["httponly"], morsel["samesite"]) == ("/", True, "Lax")
    assert (morsel["max-age"], morsel["expires"], morsel["domain"], morsel["secure"]) == ("",) * 4
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_cookie_follows_the_configuration(alice: User, settings: Settings) -> None:
    settings.SECURE_AUTH_COOKIE = True
    settings.SAMESITE_AUTH_COOKIE = "none"
    morsel = login().cookies["coder_session_token"]
    assert (morsel["secure"], morsel["samesite"]) == (True, "None")


# accounts.md T011
def test_a_deleted_user_cannot_sign_in(alice: User) -> None:
    assert login().status_code == 201
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    refused(login(), 401, INCORRECT)


# accounts.md T012
def test_an_account_without_a_password_cannot_sign_in(db: None) -> None:
    make_user("robot", login_type="none")
    refused(login("robot@example.test"), 401, INCORRECT)
    refused(login("robot@example.test", "hunter2"), 401, INCORRECT)


# accounts.md T013
def test_an_unknown_address_is_refused_and_recorded_without_it(alice: User) -> None:
    refused(login("nobody@example.test"), 401, INCORRECT)
    assert audited() == [("login", "api_key", 401)]
    entry = last_entry()
    assert (entry.actor_id, entry.resource_id, entry.resource_target) == (None, "", "")


# accounts.md H1: Coder takes its dummy's password for anybody it does not know.
@pytest.mark.parametrize("email", ["nobody@example.test", "alice@example.test"])
def test_no_dummy_password_exists(alice: User, email: str) -> None:
    refused(login(email, "hunter2"), 401, INCORRECT)


# accounts.md T014
def test_a_wrong_password_is_refused_and_audited(alice: User) -> None:
    refused(login(password="wrong"), 401, INCORRECT)
    assert audited(actor_id=alice.pk) == [("login", "api_key", 401)]
    entry = last_entry()
    assert (entry.diff, entry.ip_address) == ({}, "127.0.0.1")
    assert not Key.objects.exists()


def test_known_and_unknown_addresses_get_the_same_answer(alice: User) -> None:
    known, unknown = login(password="wrong"), login("nobody@example.test", "wrong")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    varying = {"X-Coder-Request-Id", "Set-Cookie"}
    assert {k: v for k, v in known.headers.items() if k not in varying} == {
        k: v for k, v in unknown.headers.items() if k not in varying
    }


# accounts.md T015
def test_a_suspended_user_with_a_session_is_told_whom_to_ask(alice: User, as_alice: Api) -> None:
    assert as_alice.get("/users/me").status_code == 200
    User.objects.filter(pk=alice.pk).update(status="suspended")
    refused(
        as_alice.get("/users/me"),
        401,
        'User is not active (status = "suspended"). Contact an admin to reactivate your account.',
    )
    User.objects.filter(pk=alice.pk).update(status="active")
    assert as_alice.get("/users/me").status_code == 200


# accounts.md T016
def test_a_suspended_user_is_told_only_with_the_right_password(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(status="suspended")
    refused(login(password="wrong"), 401, INCORRECT)
    refused(login(), 401, SUSPENDED)
    assert audited() == [("login", "api_key", 401)] * 2
    assert not Key.objects.exists()


# accounts.md T017
def test_disabled_passwords_are_told_only_with_the_right_one(
    alice: User, owner: User, settings: Settings
) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    refused(login(password="wrong"), 401, INCORRECT)
    refused(login(), 403, PASSWORDS_OFF)
    refused(login("owner@example.test"), 403, PASSWORDS_OFF)
    assert audited() == [
        ("login", "api_key", 401),
        ("login", "api_key", 403),
        ("login", "api_key", 403),
    ]
    settings.PASSWORD_AUTH_ENABLED = True
    assert login().status_code == 201


@pytest.mark.parametrize("login_type", ["oidc", "github", "none"])
def test_another_login_type_is_told_only_with_the_right_password(
    alice: User, login_type: str
) -> None:
    User.objects.filter(pk=alice.pk).update(login_type=login_type)
    refused(login(password="wrong"), 401, INCORRECT)
    refused(
        login(),
        403,
        'Incorrect login type, attempting to use "password" '
        f'but user is of login type "{login_type}"',
    )


def test_of_two_reasons_the_earlier_row_is_given(alice: User, settings: Settings) -> None:
    User.objects.filter(pk=alice.pk).update(login_type="oidc", status="suspended")
    assert "login type" in document(login())["message"]
    settings.PASSWORD_AUTH_ENABLED = False
    refused(login(), 403, PASSWORDS_OFF)
    refused(login(password="wrong"), 401, INCORRECT)


# accounts.md T018
def test_the_address_is_compared_in_any_case(alice: User) -> None:
    assert login().status_code == 201
    assert login("ALICE@EXAMPLE.TEST").status_code == 201
    assert audited() == [("login", "api_key", 201)] * 2


def test_an_address_beyond_ascii_signs_in_as_it_was_stored(db: None) -> None:
    make_user("eva", email="Éva@example.test")
    assert login("Éva@example.test").status_code == 201
    assert login("Éva@EXAMPLE.test").status_code == 201


# accounts.md T019
def test_a_session_lives_a_day(alice: User) -> None:
    login()
    key = Key.objects.get()
    assert (key.lifetime_seconds, key.login_type, key.name) == (86400, "password", "")
    assert (key.scopes, key.allow_list) == (["coder:all"], ["*:*"])
    assert key.expires_at - key.created_at == timedelta(days=1)
    assert (key.last_used_at, key.ip_address) == (None, "127.0.0.1")


# accounts.md T020
def test_a_token_lives_longer_than_a_session(alice: User) -> None:
    session = Api(document(login())["session_token"])
    assert session.post("/users/me/keys/tokens", {}).status_code == 201
    token = Key.objects.get(login_type="token")
    assert timedelta(days=6) < token.expires_at - timezone.now() < timedelta(days=8)
    assert token.expires_at > Key.objects.get(login_type="password").expires_at


# accounts.md T021
def test_somebody_with_a_custom_role_signs_in(db: None) -> None:
    CustomRole.objects.create(name="reviewer", organization=default_organization())
    make_user("alice", organization_roles=["reviewer"])
    assert Api(document(login())["session_token"]).get("/users/me").status_code == 200


# accounts.md T022, T222
def test_a_role_that_no_longer_exists_does_not_matter(alice: User) -> None:
    Membership.objects.filter(user=alice).update(roles=["no-such-role"])
    User.objects.filter(pk=alice.pk).update(site_roles=["no-such-role"])
    me = document(Api(document(login())["session_token"]).get("/users/me"))
    assert me["roles"] == [{"name": "no-such-role", "display_name": ""}]


# accounts.md T023
def test_a_dormant_user_becomes_active_by_signing_in(db: None) -> None:
    user = make_user("alice", status="dormant")
    refused(login(password="wrong"), 401, INCORRECT)
    user.refresh_from_db()
    assert user.status == "dormant"
    assert login().status_code == 201
    user.refresh_from_db()
    assert user.status == "active"
    assert audited() == [
        ("login", "api_key", 401),
        ("write", "user", 200),
        ("login", "api_key", 201),
    ]


# accounts.md T024
def test_the_session_duration_is_configured(alice: User, settings: Settings) -> None:
    settings.SESSION_DURATION = timedelta(seconds=1)
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        session = Api(document(login())["session_token"])
        key = Key.objects.get()
        assert (key.lifetime_seconds, key.expires_at - key.created_at) == (1, timedelta(seconds=1))
        assert session.get("/users/me").status_code == 200
        clock.shift(2)
        answer = session.get("/users/me")
    assert answer.status_code == 401
    assert "session has expired" in document(answer)["message"]


def test_sessions_are_parallel(alice: User) -> None:
    sessions = [Api(document(login())["session_token"]) for _ in range(3)]
    assert [session.get("/users/me").status_code for session in sessions] == [200] * 3


def test_signing_in_is_not_being_seen_but_the_first_request_is(alice: User) -> None:
    session = Api(document(login())["session_token"])
    alice.refresh_from_db()
    assert alice.last_seen_at is None
    assert document(session.get("/users/me"))["last_seen_at"] != "0001-01-01T00:00:00Z"


# accounts.md T244
@pytest.mark.parametrize(
    ("body", "failed"),
    [
        ({}, {"email": ("required", ""), "password": ("required", "")}),
        ({"email": "alice", "password": "x"}, {"email": ("email", "alice")}),
        ({"email": "a@b.co", "password": None}, {"password": ("required", "")}),
        (
            {"email": "A <a@b.co>", "password": ""},
            {"email": ("email", "A <a@b.co>"), "password": ("required", "")},
        ),
    ],
)
def test_each_failing_field_is_named(
    db: None, body: dict[str, Any], failed: dict[str, tuple[str, str]]
) -> None:
    invalid(Api().post("/users/login", body), **failed)


# accounts.md T244
@pytest.mark.parametrize(
    "raw",
    [b"", b" ", b"[]", b'"x"', b"{", b'{"email": 1}', b'{"password": []}', b'{"email":"\\u0000"}'],
)
def test_what_is_no_json_object_is_refused(db: None, raw: bytes) -> None:
    unreadable(Api()("POST", "/users/login", raw=raw))


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x"])
def test_the_content_type_does_not_matter(alice: User, content_type: str) -> None:
    raw = f'{{"email": "{alice.email}", "password": "{PASSWORD}"}}'.encode()
    answer = Client().generic("POST", "/api/v2/users/login", raw, content_type=content_type)
    assert answer.status_code == 201


def test_a_password_is_taken_byte_for_byte(db: None) -> None:
    for number, password in enumerate((" spaces  kept ", "Ångström-e\u0301", "ꟼ" * 20)):
        user = make_user(f"user{number}")
        user.set_password(password)
        user.save()
        assert login(user.email, password).status_code == 201
        assert login(user.email, password.strip()[:-1]).status_code == 401


def test_a_signed_in_caller_may_sign_in_as_somebody_else(alice: User, mallory: User) -> None:
    answer = signed_in(mallory).post("/users/login", {"email": alice.email, "password": PASSWORD})
    assert document(Api(document(answer)["session_token"]).get("/users/me"))["id"] == str(alice.pk)
