"""What every response carries (accounts.md 1.2)."""

from uuid import UUID

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import User
from coderauth import BUILD_VERSION
from coderauth.http.middleware import SecurityHeaders
from coderauth.web.health import healthz
from tests.people import PASSWORD, Api, make_key

ANSWERS = [
    ("GET", "/api/v2/", 200),
    ("GET", "/api/v2/users/first", 404),
    ("GET", "/api/v2/users/me", 401),
    ("POST", "/api/v2/users/login", 400),
    ("GET", "/api/v2/nothing", 404),
    ("PUT", "/api/v2/buildinfo", 405),
    ("GET", "/api/v2/foo%0Abar", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_of_the_api_has_them(db: None, method: str, path: str, status: int) -> None:
    answer = Client().generic(method, path)
    headers = answer.headers
    assert answer.status_code == status
    assert headers["X-Coder-Build-Version"] == BUILD_VERSION
    assert str(UUID(headers["X-Coder-Request-Id"], version=4)) == headers["X-Coder-Request-Id"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Cookie" in headers["Vary"]
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers
    assert "Access-Control-Allow-Origin" not in headers


def test_each_request_has_an_id_of_its_own_whatever_it_sends(anonymous: Api) -> None:
    mine = "00000000-0000-4000-8000-000000000000"
    ids = {
        anonymous.get("", X_Coder_Request_Id=mine, X_Request_Id=mine).headers["X-Coder-Request-Id"]
        for _ in range(3)
    }
    assert len(ids) == 3
    assert mine not in ids


# accounts.md 1.15: no cross-origin access.
def test_no_foreign_origin_is_let_in(anonymous: Api) -> None:
    for method in ("GET", "OPTIONS"):
        answer = anonymous(
            method, "", Origin="https://evil.test", Access_Control_Request_Method="GET"
        )
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


# accounts.md H13
def test_what_carries_a_token_is_not_stored(as_alice: Api, alice: User, anonymous: Api) -> None:
    login = {"email": alice.email, "password": PASSWORD}
    answers = [
        anonymous.post("/users/login", login),
        as_alice.post("/users/me/keys"),
        as_alice.post("/users/me/keys/tokens", {}),
        as_alice.post("/users/me/convert-login", {"to_type": "oidc", "password": PASSWORD}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")


def test_https_is_remembered_when_it_is_configured(settings: Settings) -> None:
    def answered() -> str | None:
        request = RequestFactory().get("/healthz")
        return SecurityHeaders(healthz)(request).headers.get("Strict-Transport-Security")

    settings.STRICT_TRANSPORT_SECURITY = 60
    assert answered() == "max-age=60"
    settings.STRICT_TRANSPORT_SECURITY_OPTIONS = ["includeSubDomains", "preload"]
    assert answered() == "max-age=60; includeSubDomains; preload"
    settings.STRICT_TRANSPORT_SECURITY = 0
    assert answered() is None


def test_a_client_blob_is_accepted_and_ignored(alice: User) -> None:
    answer = Api(make_key(alice)).get("/users/me", Coder_CLI_Telemetry="A" * 4096)
    assert answer.status_code == 200
