"""Cross-site request forgery on the API (accounts.md 1.14)."""

import base64
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from scopes.models import Key
from tests.people import PASSWORD, make_key

# The known-good pair of the specification.
COOKIE = "JXm9hOUdZctWt0ZZGAy9xiS/gxMKYOThdxjjMnMUyn4="
HEADER = "KNKvagCBEHZK7ihe2t7fj6VeJ0UyTDco1yVUJE8N06oNqxLu5Zx1vRxZbgfC0mJJgeGkVjgs08mgPbcWPBkZ1A=="
WRONG = "Something is wrong with your CSRF token."
DIFFERENT = (
    'CSRF error encountered. Authentication via "coder_session_token" cookie and '
    '"Coder-Session-Token" header detected, but the values do not match.'
)
PATH = "/api/v2/users/me/keys"


def post(cookie: str, path: str = PATH, method: str = "POST", **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(enforce_csrf_checks=True).generic(
        method, path, headers={"Cookie": cookie, **sent}
    )


@pytest.fixture
def session(alice: User) -> str:
    return make_key(alice)


def refused_in_text(answer: Any, text: str) -> None:
    assert answer.status_code == 400
    assert answer.content.decode().startswith(text)
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


# accounts.md T242
@pytest.mark.parametrize("header", [HEADER, COOKIE])
def test_a_header_that_repeats_the_cookie_passes(session: str, header: str) -> None:
    cookies = f"coder_session_token={session}; csrf_token={COOKIE}"
    assert post(cookies, X_CSRF_TOKEN=header).status_code == 201


# accounts.md T242
@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        "=",
        HEADER[:-4],
        COOKIE[:-4],
        base64.b64encode(b"a" * 32).decode(),
        HEADER[::-1],
        "é",
        COOKIE + COOKIE,
    ],
)
def test_any_other_header_is_refused(session: str, header: str) -> None:
    cookies = f"coder_session_token={session}; csrf_token={COOKIE}"
    refused_in_text(post(cookies, X_CSRF_TOKEN=header), WRONG)
    assert Key.objects.count() == 1


@pytest.mark.parametrize("cookie", ["", "short", "!!!!", base64.b64encode(b"a" * 31).decode()])
def test_a_cookie_that_is_not_well_formed_proves_nothing(session: str, cookie: str) -> None:
    cookies = f"coder_session_token={session}; csrf_token={cookie}"
    refused_in_text(post(cookies, X_CSRF_TOKEN=cookie), WRONG)


# accounts.md T242
def test_a_different_session_in_the_header_has_a_text_of_its_own(session: str) -> None:
    refused_in_text(post(f"coder_session_token={session}", Coder_Session_Token="other"), DIFFERENT)
    refused_in_text(post(f"coder_session_token={session}", Coder_Session_Token=""), WRONG)


def test_the_session_repeated_elsewhere_proves_the_caller(session: str) -> None:
    cookie = f"coder_session_token={session}"
    assert post(cookie, Coder_Session_Token=session).status_code == 201
    assert post(cookie, f"{PATH}?coder_session_token={session}").status_code == 201
    assert post(cookie, Authorization=f"bearer {session}").status_code == 201
    refused_in_text(post(cookie, f"{PATH}?coder_session_token=other"), WRONG)
    refused_in_text(post(cookie, Authorization="Basic YTpi"), WRONG)
    refused_in_text(post(cookie, Authorization="Bearer"), WRONG)


def test_a_bearer_of_somebody_else_does_not_change_whose_session_it_is(
    session: str, mallory: User
) -> None:
    # The cookie wins as a token, so a page cannot mix the two to act as the bearer's user.
    answer = post(f"coder_session_token={session}", Authorization=f"Bearer {make_key(mallory)}")
    assert answer.status_code == 201
    assert Key.objects.filter(user=mallory).count() == 1


def test_without_a_session_cookie_nothing_is_asked(session: str) -> None:
    assert post("", Coder_Session_Token=session).status_code == 201
    assert post("coder_session_token=", Coder_Session_Token=session).status_code == 201


# accounts.md T241
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_safe_methods_are_never_checked(session: str, method: str) -> None:
    assert post(f"coder_session_token={session}", "/api/v2/users/me", method).status_code != 400


# accounts.md T241
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "NONSENSE"])
@pytest.mark.parametrize(
    "path", ["/api/v2/", "/api/v2/me", "/api/v2/users/me", "http://testserver//api/v2//users/me"]
)
def test_every_write_below_the_api_is_checked(session: str, method: str, path: str) -> None:
    refused_in_text(post(f"coder_session_token={session}", path, method), WRONG)


# accounts.md T241
@pytest.mark.parametrize("path", ["/", "/workspaces", "/apiary"])
def test_what_is_not_the_api_has_other_rules(session: str, path: str) -> None:
    answer = post(f"coder_session_token={session}", path)
    assert not answer.content.decode().startswith((WRONG, DIFFERENT))


def test_even_a_sign_in_is_checked_once_there_is_a_session(alice: User, session: str) -> None:
    raw = f'{{"email": "{alice.email}", "password": "{PASSWORD}"}}'.encode()
    client = Client()
    client.cookies["coder_session_token"] = session
    answer = client.generic("POST", "/api/v2/users/login", raw)
    refused_in_text(answer, WRONG)
    client.cookies.clear()
    assert client.generic("POST", "/api/v2/users/login", raw).status_code == 201


# accounts.md T241
def test_the_first_user_is_exempt(session: str) -> None:
    answer = post(f"coder_session_token={session}", "/api/v2/users/first")
    assert not answer.content.decode().startswith(WRONG)


@pytest.mark.parametrize(
    "path",
    ["users/firstX", "users/first/roles", "users/firstborn/roles", "nosuch/api/v2/users/first"],
)
def test_what_only_looks_like_the_first_user_is_checked(session: str, path: str) -> None:
    refused_in_text(post(f"coder_session_token={session}", f"/api/v2/{path}", "PUT"), WRONG)


# --- the cookie -------------------------------------------------------------------------------


def given(answer: Any) -> str:
    return str(answer.headers.get("Set-Cookie", ""))


@pytest.mark.parametrize("cookie", ["", "csrf_token=", "csrf_token=x", "csrf_token=AAAA"])
def test_a_request_without_a_valid_cookie_gets_one(db: None, cookie: str) -> None:
    answer = Client().get("/api/v2/", headers={"Cookie": cookie})
    value, _, attributes = given(answer).partition("; ")
    name, _, token = value.partition("=")
    assert (name, len(base64.b64decode(token, validate=True))) == ("csrf_token", 32)
    assert attributes == "Path=/; HttpOnly; SameSite=Lax"


def test_a_valid_cookie_is_kept(db: None) -> None:
    answer = Client().get("/api/v2/", headers={"Cookie": f"csrf_token={COOKIE}"})
    assert given(answer) == ""


def test_each_is_random_and_follows_the_configuration(db: None, settings: Settings) -> None:
    settings.SECURE_AUTH_COOKIE = True
    settings.SAMESITE_AUTH_COOKIE = "none"
    first, second = given(Client().get("/api/v2/")), given(Client().get("/api/v2/"))
    assert first != second
    assert first.endswith("; Path=/; HttpOnly; Secure; SameSite=None")


def test_a_refusal_gives_the_cookie_too(session: str) -> None:
    assert given(post(f"coder_session_token={session}")).startswith("csrf_token=")


def test_a_sign_in_sets_both_cookies(alice: User) -> None:
    raw = f'{{"email": "{alice.email}", "password": "{PASSWORD}"}}'.encode()
    answer = Client().generic("POST", "/api/v2/users/login", raw)
    assert given(answer).startswith("csrf_token=")
    assert answer.cookies["coder_session_token"].value
