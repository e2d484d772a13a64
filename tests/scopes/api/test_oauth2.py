"""Introspection (RFC 7662) and revocation (RFC 7009) at the root of the site."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from scopes.models import Key
from tests.openapi import validate
from tests.people import Api, is_good, make_key, make_user, signed_in
from tests.scopes.keyring import narrowed, row_of, token

FORM = "application/x-www-form-urlencoded"
INACTIVE = {"active": False}


def post(path: str, key: str = "", **form: str) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    body = "&".join(f"{name}={value}" for name, value in form.items())
    client = Client(enforce_csrf_checks=True)
    answer = client.post(path, body, content_type=FORM, headers=headers)
    validate(answer)
    return answer


def introspect(key: str, about: str) -> Any:
    answer = post("/oauth2/introspect", key, token=about)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def service(db: None) -> str:
    """Return the key of a service that guards an API."""
    return narrowed(make_user("guard", roles=["owner"]), "api_key:read").token


def test_a_good_token_is_described(service: str, alice: User, as_alice: Api) -> None:
    secret = token(as_alice, scopes=["workspace:read", "user:read"])
    row = row_of(secret)
    assert introspect(service, secret) == {
        "active": True,
        "scope": "workspace:read user:read",
        "client_id": secret[:10],
        "username": "alice",
        "sub": str(alice.pk),
        "exp": int(row.expires_at.timestamp()),
        "iat": int(row.created_at.timestamp()),
        "token_type": "Bearer",
    }


@pytest.mark.parametrize(
    "row",
    [
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"paused_at": timezone.now()},
        {"login_type": "oidc"},
    ],
)
def test_what_is_refused_elsewhere_is_inactive(
    service: str, alice: User, row: dict[str, Any]
) -> None:
    assert introspect(service, make_key(alice, **row)) == INACTIVE
    assert introspect(service, make_key(alice))["active"] is True


def test_unknown_wrong_and_malformed_tokens_are_inactive(service: str, alice: User) -> None:
    secret = make_key(alice)
    for text in (f"{'a' * 10}-{'b' * 22}", f"{secret[:11]}{'x' * 22}", "x", "%00", "a-b-c", "%FF"):
        assert introspect(service, text) == INACTIVE
    User.objects.filter(pk=alice.pk).update(status="suspended")
    assert introspect(service, secret) == INACTIVE


def test_a_token_that_the_caller_may_not_read_is_as_unknown(alice: User, as_mallory: Api) -> None:
    secret = make_key(alice)
    assert introspect(as_mallory.token, secret) == INACTIVE
    assert introspect(narrowed(alice, "user:read").token, secret) == INACTIVE
    assert introspect(narrowed(alice, "api_key:read").token, secret)["active"] is True


def test_an_old_secret_in_its_grace_is_active(service: str, as_alice: Api) -> None:
    old = token(as_alice)
    as_alice.post(f"/users/me/keys/{old[:10]}/rotate", {"grace": 3_600_000_000_000})
    assert introspect(service, old)["active"] is True
    as_alice.post(f"/users/me/keys/{old[:10]}/rotate", {"grace": 0})
    assert introspect(service, old) == INACTIVE


def test_introspection_is_a_use_of_the_key(service: str, as_alice: Api) -> None:
    secret = token(as_alice)
    introspect(service, secret)
    assert row_of(secret).last_used_at is not None


def test_without_a_key_of_its_own_nobody_is_answered(alice: User, service: str) -> None:
    secret = make_key(alice)
    for key in ("", "wrong", f"{service[:11]}{'x' * 22}"):
        answer = post("/oauth2/introspect", key, token=secret)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["error"] == "invalid_token"
    client = Client()
    client.cookies["coder_session_token"] = secret
    assert client.post("/oauth2/introspect", f"token={secret}", FORM).status_code == 400


@pytest.mark.parametrize("path", ["/oauth2/introspect", "/oauth2/revoke"])
def test_what_is_no_form_with_a_token_is_a_bad_request(service: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {service}"}
    client = Client()
    for body, kind in (("", FORM), ("other=1", FORM), ('{"token": "x"}', "application/json")):
        answer = client.post(path, body, content_type=kind, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert (
        client.post(path, "x" * (2**20 + 1), content_type=FORM, headers=headers).status_code == 400
    )
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert client.post(path, "token=x", content_type=FORM, headers=headers).status_code == 200


def test_whoever_has_a_token_may_end_it(alice: User) -> None:
    parent = narrowed(alice, "api_key:*", "user:read")
    child = token(parent, scopes=["user:read"])
    assert is_good(parent)
    assert post("/oauth2/revoke", token=parent.token).status_code == 200
    assert not is_good(parent)
    assert not is_good(Api(child))
    entry = Entry.objects.get(action="delete")
    assert entry.actor_id is None
    assert entry.additional_fields == {"by_possession": True, "made_keys": 1}


def test_keys_that_are_refused_can_be_ended_too(alice: User) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    for secret in (make_key(alice, paused_at=yesterday), make_key(alice, expires_at=yesterday)):
        assert post("/oauth2/revoke", token=secret).status_code == 200
        assert not Key.objects.filter(pk=secret[:10]).exists()


def test_a_wrong_secret_ends_nothing_and_looks_the_same(alice: User) -> None:
    secret = make_key(alice)
    answers = [
        post("/oauth2/revoke", token=text)
        for text in (f"{secret[:11]}{'x' * 22}", "x", f"{'a' * 10}-{'b' * 22}", secret)
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.json() for answer in answers] == [{}] * 4
    assert not Key.objects.exists()


def test_guesses_are_limited(alice: User, settings: Settings) -> None:
    settings.RATE_LIMITS_ENABLED, settings.KEY_GUESS_LIMIT = True, 3
    statuses = [post("/oauth2/revoke", token="x").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def test_an_unknown_route_beside_them_is_told_to_programs(db: None) -> None:
    answer = signed_in(make_user("bob"))
    assert answer.get("/users/me").status_code == 200
    assert Client().get("/oauth2/nothing").status_code == 404
