"""Whatever GitHub does wrong is a why within the bound, and never a sign-in."""

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.providers.calls import call
from accounts.providers.identity import Proof
from coderauth.errors import DomainError
from tests.accounts.providers.github_browser import identified, provider, refusal
from tests.github_server import GithubServer, Handler, Trouble, configured
from tests.servers import free_port

TOKEN = "/login/oauth/access_token"
PLACES = {
    TOKEN: "provider_malformed",
    "/user/memberships/orgs": "github_organizations_failed",
    "/user": "github_user_failed",
    "/user/emails": "github_emails_failed",
}


def fails(status: int) -> Trouble:
    return lambda handler: handler.answer({"message": "no"}, status)


def says(body: bytes, **headers: str) -> Trouble:
    return lambda handler: handler.send(200, body, **headers)


def leads_away(handler: Handler) -> None:
    handler.send(302, b"", Location="http://169.254.169.254/latest/meta-data")


def drips(handler: Handler) -> None:
    """Send a byte now and then, each soon enough for a socket's timeout."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(1200):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def hangs_up(handler: Handler) -> None:
    handler.close_connection = True


TROUBLES: dict[str, Trouble] = {
    "500": fails(500),
    "403": fails(403),
    "404": fails(404),
    "empty": says(b""),
    "html": says(b"<html>Unicorn!</html>", Content_Type="text/html"),
    "no object": says(b"[[1]]"),
    "null": says(b"null"),
    "text": says(b'"active"'),
    "deep": says(b"[" * 100_000),
    "no unicode": says(b'{"\xff": 1}'),
    "no gzip": says(b"not gzip", Content_Encoding="gzip"),
    "empty object": says(b"{}"),
    "elsewhere": leads_away,
}


@pytest.fixture
def acme(github: GithubServer, settings: Any) -> GithubServer:
    settings.GITHUB_PROVIDER = configured(github, allowed_orgs="acme")
    return github


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_answer_that_is_none_is_refused(acme: GithubServer, place: str, trouble: str) -> None:
    acme.trouble[place] = TROUBLES[trouble]
    error = refusal()
    is_down = (place, trouble) == (TOKEN, "500")
    assert error.code == ("provider_down" if is_down else PLACES[place])
    assert error.status == 502
    acme.trouble.clear()
    assert identified().username == "octocat"


@pytest.mark.parametrize("place", PLACES)
def test_a_server_that_drips_is_given_up_in_time(
    acme: GithubServer, settings: Any, place: str
) -> None:
    acme.trouble[place] = drips
    settings.PROVIDER_TIMEOUT = timedelta(seconds=0.3)
    begun = time.monotonic()
    error = refusal()
    assert time.monotonic() - begun < 20  # It would drip for a minute.
    assert (error.code, error.status) == ("provider_slow", 504)
    acme.trouble.clear()
    settings.PROVIDER_TIMEOUT = timedelta(seconds=60)
    assert identified().username == "octocat"


@pytest.mark.parametrize("place", PLACES)
def test_a_server_that_hangs_up_is_down(acme: GithubServer, place: str) -> None:
    acme.trouble[place] = hangs_up
    error = refusal()
    assert (error.code, error.status) == ("provider_down", 502)


def test_a_server_that_is_off_is_down(github: GithubServer, settings: Any) -> None:
    on = settings.GITHUB_PROVIDER
    off = replace(on, base_url=f"http://127.0.0.1:{free_port()}", device_flow=True)
    settings.GITHUB_PROVIDER = off
    for work, code in (
        (provider().device_authorize(), "provider_down"),
        (provider().identify(Proof(code="a", verifier="b", nonce="")), "provider_down"),
        (provider().refresh("ghr_1"), "refresh_failed"),
    ):
        with pytest.raises(DomainError) as caught:
            call(work)
        assert caught.value.code == code
    settings.GITHUB_PROVIDER = on
    assert identified().username == "octocat"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("body", [b'{"a": "' + b"x" * 2**21, gzip.compress(b" " * 2**26)])
def test_an_answer_without_an_end_is_given_up(acme: GithubServer, place: str, body: bytes) -> None:
    packed = {"Content_Encoding": "gzip"} if body.startswith(b"\x1f") else {}
    acme.trouble[place] = says(body, **packed)
    assert refusal().status == 502


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": ""},
        {"access_token": 1},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": "ü"},
        {"access_token": "gho_1", "refresh_token": {"a": 1}},
        {"access_token": "gho_1", "expires_in": "soon"},
        {"access_token": "gho_1", "expires_in": [1]},
        {"access_token": "gho_1", "expires_in": float("inf")},
    ],
)
def test_a_token_that_cannot_be_kept_is_refused(github: GithubServer, answer: Any) -> None:
    github.trouble[TOKEN] = lambda handler: handler.answer(answer)
    error = refusal()
    assert (error.code, error.status) == ("provider_malformed", 502)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("bad_verification_code", "bad_verification_code"),
        ("secret-code-quoted", "GitHub refused it."),
        ("", "GitHub refused it."),
        (1, "GitHub refused it."),
        ({"a": 1}, "GitHub refused it."),
        (["slow_down"], "GitHub refused it."),
    ],
)
def test_a_refusal_is_told_only_in_known_words(github: GithubServer, error: Any, told: str) -> None:
    answer = {"error": error, "error_description": "secret-code-quoted"}
    github.trouble[TOKEN] = lambda handler: handler.answer(answer)
    why = refusal()
    assert (why.code, why.status) == ("code_exchange_failed", 400)
    assert why.detail == told


def test_no_secret_is_logged(
    acme: GithubServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    acme.expires = True
    caplog.set_level("DEBUG")
    steps: list[Callable[[], None]] = [lambda: None]
    steps += [lambda place=place: acme.trouble.update({place: fails(500)}) for place in PLACES]  # type: ignore[misc]
    for step in steps:
        acme.trouble.clear()
        step()
        if acme.trouble:
            refusal()
        else:
            identified()
    logged = caplog.text + "".join(capfd.readouterr())
    assert "httpcore2" in logged  # It listens.
    # Codes are in the address to which GitHub leads the tests' own client back.
    tokens = [secret for secret in acme.secrets if secret.startswith("gh")]
    assert len(tokens) > len(PLACES)
    assert not [secret for secret in tokens if secret in logged]
    assert "github-client-secret" not in logged
