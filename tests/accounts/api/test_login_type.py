"""`GET /users/{user}/login-type` and `/users/authmethods` (accounts.md 2.17, 2.22)."""

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.providers.github_configuration import GithubConfig
from tests.expect import document, refused, unknown_user
from tests.oidc import configure, oidc_config
from tests.people import Api, make_user, signed_in


@pytest.mark.parametrize("login_type", ["password", "none", "oidc", "github"])
def test_one_sees_ones_own(db: None, login_type: str) -> None:
    user = make_user("someone", login_type=login_type)
    for reference in ("me", "someone", str(user.pk)):
        answer = signed_in(user).get(f"/users/{reference}/login-type")
        assert (answer.status_code, document(answer)) == (200, {"login_type": login_type})


def test_not_even_an_owner_sees_somebody_elses(as_owner: Api, alice: User) -> None:
    refused(
        as_owner.get("/users/alice/login-type"),
        403,
        "You are not authorized to view this user's login type.",
    )


def test_hidden_people_are_unknown(as_mallory: Api, alice: User) -> None:
    unknown_user(as_mallory.get("/users/alice/login-type"), "alice")


# accounts.md T130
def test_passwords_are_on_and_providers_off_by_default(anonymous: Api) -> None:
    answer = anonymous.get("/users/authmethods")
    assert answer.status_code == 200
    assert document(answer) == {
        "password": {"enabled": True},
        "github": {"enabled": False, "default_provider_configured": False},
        "oidc": {"enabled": False, "signInText": "OpenID Connect", "iconUrl": ""},
    }


def test_disabled_passwords_show(anonymous: Api, settings: Settings) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    assert document(anonymous.get("/users/authmethods"))["password"] == {"enabled": False}


def test_terms_of_service_show_when_there_are_any(anonymous: Api, settings: Settings) -> None:
    settings.TERMS_OF_SERVICE_URL = "https://example.test/terms"
    methods = document(anonymous.get("/users/authmethods"))
    assert methods["terms_of_service_url"] == "https://example.test/terms"


# accounts.md T131
def test_providers_that_are_configured_show(anonymous: Api, settings: Settings) -> None:
    first = oidc_config("https://id.example.test", sign_in_text="Okta", icon_url="/okta.svg")
    second = oidc_config("https://other.example.test", id="2")
    configure(settings, first, second)
    settings.GITHUB_PROVIDER = GithubConfig(client_id="x", client_secret="x", allow_everyone=True)
    methods = document(anonymous.get("/users/authmethods"))
    assert methods["github"] == {"enabled": True, "default_provider_configured": False}
    assert methods["oidc"] == {"enabled": True, "signInText": "Okta", "iconUrl": "/okta.svg"}
    assert methods["oidc_providers"] == [
        {
            "id": "oidc",
            "signInText": "Okta",
            "iconUrl": "/okta.svg",
            "url": "/api/v2/users/oidc/callback",
        },
        {
            "id": "2",
            "signInText": "OpenID Connect",
            "iconUrl": "",
            "url": "/api/v2/users/oidc/2/callback",
        },
    ]


def test_the_one_way_that_coder_knows_is_that_without_a_number(
    anonymous: Api, settings: Settings
) -> None:
    configure(settings, oidc_config("https://other.example.test", id="2"))
    methods = document(anonymous.get("/users/authmethods"))
    assert methods["oidc"]["enabled"] is False
    assert [one["id"] for one in methods["oidc_providers"]] == ["2"]
