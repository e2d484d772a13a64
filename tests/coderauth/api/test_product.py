"""What Coder's clients ask before they work."""

import pytest
from django.conf import settings
from django.test import Client

from scopes.engine.catalog import PUBLIC
from tests.expect import document
from tests.people import Api


def test_terraform_finds_what_it_asks_for(as_alice: Api) -> None:
    found = document(as_alice.get("/entitlements"))

    entitled = {"entitlement": "entitled", "enabled": True}
    for name in ("template_rbac", "multiple_organizations", "custom_roles", "audit_log"):
        assert found["features"][name] == entitled
    assert found["features"]["scim"] == {"entitlement": "not_entitled", "enabled": False}
    assert (found["warnings"], found["errors"]) == ([], [])
    assert found["has_license"] is True
    assert found["trial"] is found["require_telemetry"] is False
    assert found["refreshed_at"].endswith("Z")


def test_without_a_key_nobody_learns_about_the_licence(anonymous: Api, as_alice: Api) -> None:
    for path in ("/entitlements", "/experiments"):
        assert anonymous.get(path).status_code == 401
        assert as_alice.get(path).status_code == 200


def test_there_are_no_experiments(as_alice: Api) -> None:
    assert document(as_alice.get("/experiments")) == []


def test_a_client_that_shows_our_name_needs_no_key(anonymous: Api) -> None:
    assert document(anonymous.get("/appearance")) == {
        "application_name": "",
        "logo_url": "",
        "docs_url": "",
        "service_banner": {"enabled": False, "message": "", "background_color": ""},
        "announcement_banners": [],
        "support_links": [],
    }


def test_the_metadata_that_every_401_names_are_there(anonymous: Api) -> None:
    challenge = anonymous.get("/users/me").headers["WWW-Authenticate"]
    url = challenge.partition('resource_metadata="')[2].rstrip('"')
    assert url.startswith(settings.ACCESS_URL)

    answer = Client().get(url.removeprefix(settings.ACCESS_URL))
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (
        200,
        "application/json",
    )
    assert answer.json()["resource"] == settings.ACCESS_URL
    assert answer.json()["scopes_supported"] == list(PUBLIC)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_metadata_are_only_read(db: None, method: str) -> None:
    path = "/.well-known/oauth-protected-resource"
    assert Client().generic(method, path).status_code == 405
    assert Client().get(path).status_code == 200
