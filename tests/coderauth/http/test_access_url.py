"""Forms are taken at the access URL however it is written, and at further names of the service."""

import runpy
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.people import PASSWORD

FORGOTTEN = "https://forgotten.example.org"


def read(**values: str) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(f"CODERAUTH_{name}", value)
        return runpy.run_path("coderauth/settings.py")


def sign_in(origin: str) -> int:
    """Send the form as a browser does through a proxy that ends TLS."""
    client = Client(enforce_csrf_checks=True, headers={"Host": origin.partition("://")[2]})
    client.get("/login")
    form = {
        "email": "alice@example.test",
        "password": PASSWORD,
        "csrfmiddlewaretoken": client.cookies["coderauth_csrf"].value,
    }
    status: int = client.post("/login", form, headers={"Origin": origin}).status_code
    return status


@pytest.mark.parametrize(
    ("access_url", "origin"),
    [
        ("https://auth.example.org:443", "https://auth.example.org"),
        ("https://Auth.Example.ORG/", "https://auth.example.org"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://auth.example.org:80", "http://auth.example.org"),
        ("https://auth.example.org:8443", "https://auth.example.org:8443"),
    ],
)
def test_a_form_is_taken_however_the_access_url_is_written(
    alice: User, settings: Settings, access_url: str, origin: str
) -> None:
    found = read(ACCESS_URL=access_url)
    assert found["ACCESS_URL"] == origin
    for name in ("ACCESS_URL", "HTTPS", "CSRF_TRUSTED_ORIGINS"):
        setattr(settings, name, found[name])
    assert sign_in(origin) == 302


def test_a_form_is_taken_at_each_name_that_the_settings_list(
    alice: User, settings: Settings
) -> None:
    found = read(
        ACCESS_URL="https://auth.example.org", ADDITIONAL_ORIGINS="https://SSO.example.org:443/"
    )
    for name in ("ACCESS_URL", "HTTPS", "CSRF_TRUSTED_ORIGINS"):
        setattr(settings, name, found[name])
    assert sign_in("https://auth.example.org") == 302
    assert sign_in("https://sso.example.org") == 302
    assert sign_in(FORGOTTEN) == 403


def test_an_access_url_with_a_path_stops_the_start() -> None:
    with pytest.raises(Exception, match=r"^CODERAUTH_ACCESS_URL must .* has more than"):
        read(ACCESS_URL="https://example.org/auth")
