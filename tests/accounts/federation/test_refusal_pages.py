"""Refusals of a sign-in with a provider, as people read them."""

import pytest

from accounts.federation.flow import refusal_of_provider
from accounts.federation.refusal_pages import refusal_page
from coderauth.errors import DomainError, Forbidden, InvalidRequest
from tests.pages import text_of, visitor


def page(error: DomainError) -> str:
    response = refusal_page(error, {"X-Of-The-Answer": "kept"})
    assert response.status_code == error.status
    assert response.headers["X-Of-The-Answer"] == "kept"
    assert "no-store" in response.headers["Cache-Control"]
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    text = text_of(response)
    assert "Back to sign in" in text
    return text


def test_it_says_what_happened_and_what_to_do() -> None:
    text = page(InvalidRequest("state_mismatch"))
    assert "Signing in did not work" in text
    assert "State mismatched. Please begin again" in text


def test_a_titled_refusal_shows_its_detail() -> None:
    text = page(Forbidden("signups_disabled", text="Please ask Ada."))
    assert "Signups are disabled" in text
    assert "Please ask Ada." in text


@pytest.mark.parametrize("code", ["conversion_signature", "conversion_cookie_missing"])
def test_a_refused_conversion_says_that_nothing_was_changed(code: str) -> None:
    assert "Your account was not changed" in page(InvalidRequest(code))


def test_what_a_provider_refuses_with_is_told_if_it_is_one_of_the_standards() -> None:
    text = page(refusal_of_provider("access_denied", "Call 555-0100", "https://evil.example"))
    assert "You cancelled, or the provider does not let you use this service." in text
    assert "555" not in text
    assert "evil" not in text
    assert "refused: server_error." in page(refusal_of_provider("server_error", "", ""))
    assert "Call" not in page(refusal_of_provider("Call 555-0100", "", ""))


def test_people_get_a_page_with_its_style_and_programs_get_json(db: None) -> None:
    path = "/api/v2/users/oidc/callback?error=access_denied"
    page = visitor().get(path, headers={"Accept": "text/html"})
    assert page.status_code == 400
    assert "text/html" in page.headers["Content-Type"]
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    told = visitor().get(path, headers={"Accept": "application/json"})
    assert told.json()["message"]
    assert "default-src 'none'" in told.headers["Content-Security-Policy"]
    assert told.headers["Cache-Control"] == "no-store"
