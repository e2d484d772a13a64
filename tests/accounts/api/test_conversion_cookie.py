"""The signed cookie that a conversion lives in (accounts.md 4.2)."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from joserfc import jwt
from joserfc.errors import BadSignatureError
from pytest_django import Settings

from accounts.federation.conversion import COOKIE, signing_key
from accounts.models import User
from coderauth.models import Deployment
from tests.expect import document
from tests.people import PASSWORD, Api

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def begin(api: Api) -> Any:
    return api.post("/users/me/convert-login", {"to_type": "oidc", "password": PASSWORD})


def decoded(part: str) -> Any:
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_the_cookie_is_for_the_server_only_and_ends_with_the_state(
    alice: User, as_alice: Api
) -> None:
    morsel = begin(as_alice).cookies[COOKIE]
    assert (morsel["path"], morsel["httponly"], morsel["samesite"]) == ("/", True, "Lax")
    assert (morsel["secure"], morsel["domain"]) == ("", "")


def test_it_stays_lax_and_becomes_secure_as_configured(as_alice: Api, settings: Settings) -> None:
    settings.SECURE_AUTH_COOKIE = True
    settings.SAMESITE_AUTH_COOKIE = "none"
    morsel = begin(as_alice).cookies[COOKIE]
    assert (morsel["secure"], morsel["samesite"]) == (True, "Lax")


def test_the_claims_are_those_of_the_specification(as_alice: Api, alice: User) -> None:
    with time_machine.travel(AT, tick=False):
        session = Api(as_alice.token)
        # The session is older than the frozen clock, which does not matter to it.
        answer = begin(session)
    body, morsel = document(answer), answer.cookies[COOKIE]
    header, claims, _ = morsel.value.split(".")
    now = int(AT.timestamp())
    key = signing_key()
    assert decoded(header) == {"typ": "JWT", "alg": "HS512", "kid": key.kid}
    found = decoded(claims)
    assert len(found.pop("jti")) == 36
    assert found == {
        "iss": str(Deployment.current().id),
        "sub": body["state_string"],
        "state": body["state_string"],
        "aud": [str(alice.pk)],
        "iat": now,
        "nbf": now - 1,
        "exp": now + 300,
        "user_id": str(alice.pk),
        "from_login_type": "password",
        "to_login_type": "oidc",
        "proved": sha256(alice.password.encode()).hexdigest(),
    }
    assert body["expires_at"] == "2026-01-02T03:09:05Z"
    assert morsel["expires"] == "Fri, 02 Jan 2026 03:09:05 GMT"


def test_only_our_key_verifies_it(as_alice: Api, settings: Settings) -> None:
    value = begin(as_alice).cookies[COOKIE].value
    assert jwt.decode(value, signing_key(), algorithms=["HS512"]).claims["to_login_type"] == "oidc"
    before = settings.SECRET_KEY
    settings.SECRET_KEY = "another-secret-key-another-secret-key"
    with pytest.raises(BadSignatureError):
        jwt.decode(value, signing_key(), algorithms=["HS512"])
    # After a rotation the earlier key is found again.
    assert jwt.decode(value, signing_key(before), algorithms=["HS512"]).claims["aud"]


def test_the_key_is_not_the_secret_key_itself(settings: Settings) -> None:
    key = signing_key()
    assert key.kid is not None
    assert settings.SECRET_KEY not in json.dumps(key.as_dict(private=True))
    assert len(key.raw_value) == 64
