"""The variables `CODERAUTH_OAUTH2_GITHUB_…` (accounts.md 1.21): what is wrong stops the start."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.providers.github_configuration import GithubConfig, read_github
from coderauth.env import Environment

GOOD = {"client_id": "a", "client_secret": "b", "allowed_orgs": "Acme, globex"}


def read(**changed: str) -> GithubConfig | None:
    values = {**GOOD, **changed}
    return read_github(
        Environment({f"CODERAUTH_OAUTH2_GITHUB_{name.upper()}": values[name] for name in values})
    )


def test_without_a_client_id_github_is_off() -> None:
    assert read(client_id="") is None
    found = read()
    assert found is not None
    assert found.is_github_com
    assert found.allowed_organizations == ("acme", "globex")
    assert not found.allow_signups
    assert "client_secret" not in repr(found)


@pytest.mark.parametrize(
    ("wrong", "variable", "right"),
    [
        ({"client_secret": ""}, "CLIENT_SECRET", {"client_secret": "", "device_flow": "true"}),
        ({"allowed_orgs": ""}, "ALLOWED_ORGS", {"allowed_orgs": "", "allow_everyone": "true"}),
        ({"allow_everyone": "true"}, "ALLOWED_ORGS", {"allow_everyone": "false"}),
        ({"allowed_teams": "acme"}, "ALLOWED_TEAMS", {"allowed_teams": "acme/builders"}),
        ({"allowed_teams": "initech/a"}, "ALLOWED_TEAMS", {"allowed_teams": "GLOBEX/a"}),
        (
            {"enterprise_base_url": "http://github.example.org"},
            "ENTERPRISE_BASE_URL",
            {"enterprise_base_url": "https://github.example.org/"},
        ),
        (
            {"enterprise_base_url": "github.example.org"},
            "ENTERPRISE_BASE_URL",
            {"enterprise_base_url": "http://127.0.0.1:4000"},
        ),
    ],
)
def test_a_wrong_value_names_its_variable(
    wrong: dict[str, str], variable: str, right: dict[str, str]
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^CODERAUTH_OAUTH2_GITHUB_{variable} "):
        read(**wrong)
    assert read(**right) is not None


def test_an_enterprise_server_has_its_api_below_its_address() -> None:
    found = read(enterprise_base_url="https://github.example.org/")
    assert found is not None
    assert found.api_url == "https://github.example.org/api/v3"
    assert not found.is_github_com


@pytest.mark.parametrize(
    ("address", "api"),
    [
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://acmeghe.com", "https://acmeghe.com/api/v3"),
        ("https://notgithub.com", "https://notgithub.com/api/v3"),
    ],
)
def test_only_what_github_hosts_has_its_api_on_a_host_of_its_own(address: str, api: str) -> None:
    found = read(enterprise_base_url=address)
    assert found is not None
    assert found.api_url == api
    assert not found.is_github_com
