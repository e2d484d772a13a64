"""Pages of other origins may call the API with a key, where the operator says so."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings

from accounts.models import User
from coderauth import settings as service
from tests.people import make_key

APP, OTHER = "https://app.example.org", "https://evil.example"
ME, KEYS = "/api/v2/users/me", "/api/v2/users/me/keys"


@pytest.fixture
def let_in() -> Any:
    middleware = [*service.MIDDLEWARE]
    middleware.insert(2, "corsheaders.middleware.CorsMiddleware")
    with override_settings(MIDDLEWARE=middleware, CORS_ALLOWED_ORIGINS=[APP]):
        yield


def ask(method: str, path: str, origin: str, **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    client = Client(enforce_csrf_checks=True)
    return client.generic(method, path, headers={"Origin": origin, **sent})


def preflight(path: str, origin: str) -> Any:
    return ask(
        "OPTIONS",
        path,
        origin,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="coder-session-token, content-type",
    )


def test_a_page_of_a_listed_origin_calls_with_a_key(let_in: None, alice: User) -> None:
    asked = preflight(KEYS, APP)
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == APP
    assert "coder-session-token" in asked.headers["Access-Control-Allow-Headers"]
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    made = ask("POST", KEYS, APP, Coder_Session_Token=make_key(alice), Sec_Fetch_Site="cross-site")
    assert (made.status_code, made.headers["Access-Control-Allow-Origin"]) == (201, APP)
    assert "origin" in made.headers["Vary"].lower()


def test_a_listed_page_reads_refusals_too(let_in: None, db: None) -> None:
    answer = ask("GET", ME, APP)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (401, APP)


def test_the_cookie_never_counts_for_a_page_of_another_origin(let_in: None, alice: User) -> None:
    cookie = f"coder_session_token={make_key(alice)}"
    read = ask("GET", ME, APP, Cookie=cookie)
    assert "Access-Control-Allow-Credentials" not in read.headers  # So the browser keeps it.
    written = ask("POST", KEYS, APP, Cookie=cookie, Sec_Fetch_Site="cross-site")
    assert written.status_code == 403


@pytest.mark.parametrize("origin", [OTHER, "null", f"{APP}.evil.example", "http://app.example.org"])
def test_a_page_of_another_origin_reads_nothing(let_in: None, alice: User, origin: str) -> None:
    for answer in (
        preflight(KEYS, origin),
        ask("GET", ME, origin, Coder_Session_Token=make_key(alice)),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_pages_are_no_api(let_in: None, db: None) -> None:
    assert "Access-Control-Allow-Origin" not in ask("GET", "/login", APP).headers


def test_nobody_is_let_in_by_default(alice: User) -> None:
    assert service.CORS_ALLOWED_ORIGINS == []
    for answer in (preflight(KEYS, APP), ask("GET", ME, APP, Coder_Session_Token=make_key(alice))):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_setting_lets_the_origin_in() -> None:
    code = (
        "from coderauth import settings as s;"
        "print(s.CORS_ALLOWED_ORIGINS, s.MIDDLEWARE.index('corsheaders.middleware.CorsMiddleware'))"
    )
    environment = {**os.environ, "CODERAUTH_CORS_ORIGINS": f"{APP}:443"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == f"['{APP}'] 3\n", done.stderr
