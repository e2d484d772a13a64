"""Providers come from the environment, and a wrong value stops the start with its name."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.providers.configuration import OidcConfig, read_oidc
from coderauth.env import Environment

OIDC = {
    "OIDC_ISSUER_URL": "https://id.example.test",
    "OIDC_CLIENT_ID": "coderauth",
    "OIDC_CLIENT_SECRET": "canary-secret",
}
SECOND = {
    "OIDC_2_ISSUER_URL": "https://other.example.test/",
    "OIDC_2_CLIENT_ID": "second",
    "OIDC_2_CLIENT_SECRET": "x",
    "OIDC_2_SIGN_IN_TEXT": "Other",
}


def read(**values: str) -> dict[str, OidcConfig]:
    return read_oidc(Environment({f"CODERAUTH_{name}": value for name, value in values.items()}))


def stops(name: str, **values: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^CODERAUTH_{name} ") as refusal:
        read(**values)
    assert "canary" not in str(refusal.value)


def test_nothing_is_configured_by_default() -> None:
    assert read() == {}


def test_providers_are_called_oidc_and_by_their_numbers() -> None:
    found = read(**OIDC, **SECOND)
    assert [*found] == ["oidc", "2"]
    assert found["oidc"].authorize_params == {"access_type": "offline"}
    assert found["2"].issuer_url == "https://other.example.test/"
    assert found["2"].sign_in_text == "Other"


def test_a_configuration_shows_no_secret() -> None:
    assert "canary" not in repr(read(**OIDC))


def test_an_issuer_is_configured_once() -> None:
    stops("OIDC_2_ISSUER_URL", **OIDC, **{**SECOND, "OIDC_2_ISSUER_URL": OIDC["OIDC_ISSUER_URL"]})


@pytest.mark.parametrize("name", ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"])
def test_a_client_is_needed(name: str) -> None:
    stops(name, **{key: value for key, value in OIDC.items() if key != name})


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example.test",
        "http://10.0.0.1",
        "http://localhost.example.test",
        "ftp://id.example.test",
        "id.example.test",
    ],
)
def test_an_issuer_is_called_over_tls(url: str) -> None:
    stops("OIDC_ISSUER_URL", **{**OIDC, "OIDC_ISSUER_URL": url})


@pytest.mark.parametrize(
    "url", ["https://id.example.test/tenant/", "http://localhost:8080/realms/x", "http://[::1]:1"]
)
def test_an_issuer_may_be_on_this_machine_without(url: str) -> None:
    assert read(**{**OIDC, "OIDC_ISSUER_URL": url})["oidc"].issuer_url == url


@pytest.mark.parametrize("name", ["state", "nonce", "redirect_uri", "scope", "response_mode"])
def test_parameters_that_sign_in_sets_are_not_configured(name: str) -> None:
    stops("OIDC_AUTH_URL_PARAMS", **OIDC, OIDC_AUTH_URL_PARAMS=f'{{"{name}": "x"}}')
    assert read(**OIDC, OIDC_AUTH_URL_PARAMS='{"prompt": "login"}')


def test_openid_is_asked_for() -> None:
    stops("OIDC_SCOPES", **OIDC, OIDC_SCOPES="profile,email")
    assert read(**OIDC, OIDC_SCOPES="openid,groups")["oidc"].scopes == ("openid", "groups")


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("OIDC_USER_ROLE_MAPPING", '{"it": ["admin"]}', '{"it": ["user-admin", "owner"]}'),
        ("OIDC_USER_ROLE_DEFAULT", "owner", "auditor"),
    ],
)
def test_roles_that_there_are_not_and_owners_for_all_are_refused(
    name: str, wrong: str, right: str
) -> None:
    variables = {
        "CODERAUTH_OIDC_ISSUER_URL": "https://id.example.test",
        "CODERAUTH_OIDC_CLIENT_ID": "id",
        "CODERAUTH_OIDC_CLIENT_SECRET": "secret",
    }
    with pytest.raises(ImproperlyConfigured, match=f"CODERAUTH_{name} must be among "):
        read_oidc(Environment({**variables, f"CODERAUTH_{name}": wrong}))
    assert read_oidc(Environment({**variables, f"CODERAUTH_{name}": right}))


@pytest.mark.parametrize("prefix", ["OIDC", "OIDC_1"])
def test_how_the_secret_is_sent_has_three_answers(prefix: str) -> None:
    variables = {name.replace("OIDC", prefix): value for name, value in OIDC.items()}
    stops(f"{prefix}_CLIENT_AUTH_METHOD", **variables, **{f"{prefix}_CLIENT_AUTH_METHOD": "basic"})
    for value, chosen in (
        ("", ""),
        ("auto", ""),
        ("client_secret_basic", "client_secret_basic"),
        ("client_secret_post", "client_secret_post"),
    ):
        (found,) = read(**variables, **{f"{prefix}_CLIENT_AUTH_METHOD": value}).values()
        assert found.client_auth == chosen
