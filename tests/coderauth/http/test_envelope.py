"""One JSON shape for every error and plain message (accounts.md 1.3)."""

import json
from typing import Any

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.db import DatabaseError
from django.http import Http404
from django.test import Client

import accounts.api.users
from accounts.models import User
from coderauth.errors import DomainError, InvalidRequest, Unauthenticated, Validation
from coderauth.http.envelope import challenge, error_body, error_response, exception_handler
from coderauth.refusals import ERRORS
from tests.expect import refused
from tests.people import Api, login


def test_empty_parts_are_left_out() -> None:
    assert error_body(DomainError("forbidden"))["detail"].startswith("You don't have permission")
    assert error_body(DomainError("not_found")) == {
        "message": "Resource not found or you do not have access to this resource"
    }
    whole = InvalidRequest(
        "validation_failed", detail="why", validations=[Validation("email", "is wrong")]
    )
    assert error_body(whole) == {
        "message": "Validation failed.",
        "detail": "why",
        "validations": [{"field": "email", "detail": "is wrong"}],
    }


# What somebody sent is put into a text once; braces in it mean nothing.
@pytest.mark.parametrize("text", ["{role}", "{0}", "{", "}}", "%s", "{role.__class__}"])
def test_what_was_sent_is_repeated_as_it_is(text: str) -> None:
    assert error_body(InvalidRequest("unsupported_role", role=text)) == {
        "message": f'"{text}" is not a supported role'
    }


def test_a_body_ends_with_a_newline_and_keeps_letters(anonymous: Api) -> None:
    answer = anonymous.get("")
    assert answer.content == '{"message":"👋"}\n'.encode()
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Content-Length"] == str(len(answer.content))


# accounts.md T245
def test_an_unexpected_failure_tells_nothing(
    as_alice: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object) -> Any:
        raise DatabaseError('relation "accounts_user" at 10.0.0.1, password hunter2')

    with monkeypatch.context() as patched:
        patched.setattr(accounts.api.users, "resolve_person", broken)
        answer = as_alice.get("/users/me")
    refused(answer, 500, "An internal server error occurred.")
    assert "hunter2" in caplog.text
    assert answer.headers["X-Coder-Request-Id"]
    assert as_alice.get("/users/me").status_code == 200


# accounts.md T245
def test_a_failure_outside_of_the_views_is_json_too(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> Any:
        raise RuntimeError("hunter2")

    monkeypatch.setattr("coderauth.http.csrf.is_well_formed", broken)
    client = Client(raise_request_exception=False)
    answer = client.get("/api/v2/buildinfo")
    refused(answer, 500, "An internal server error occurred.")
    assert answer.headers["X-Coder-Build-Version"]


def test_errors_of_django_have_the_same_shape() -> None:
    for error, status in ((Http404("secret"), 404), (TooManyFieldsSent("secret"), 400)):
        response = exception_handler(error, {})
        assert response.status_code == status
        assert set(response.data) == {"message"}
        assert "secret" not in response.data["message"]


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_refusal_has_a_status_and_a_text(code: str) -> None:
    spec = ERRORS[code]
    assert 400 <= spec.status < 600
    assert spec.message.strip() == spec.message != ""


# accounts.md T233, T234
def test_a_challenge_says_expired_when_the_text_does() -> None:
    assert "has expired" in challenge(Unauthenticated("unknown_key"))
    assert "is invalid" in challenge(Unauthenticated("inactive_user", status="suspended"))


def test_only_a_token_that_will_not_do_is_challenged() -> None:
    assert "WWW-Authenticate" in error_response(Unauthenticated("no_token")).headers
    assert "WWW-Authenticate" not in error_response(DomainError("incorrect_credentials")).headers


def test_a_refused_sign_in_carries_no_challenge(alice: User, anonymous: Api) -> None:
    answer = login(alice.email, "wrong")
    assert (answer.status_code, "WWW-Authenticate" in answer.headers) == (401, False)
    assert "WWW-Authenticate" in anonymous.get("/users/me").headers


def test_the_detail_of_a_broken_body_holds_no_internals(anonymous: Api) -> None:
    answer = anonymous("POST", "/users/login", raw=b'{"email": nope}')
    detail = json.loads(answer.content)["detail"]
    assert detail
    for internal in ("orjson", "json.", "Traceback", "python"):
        assert internal not in detail
