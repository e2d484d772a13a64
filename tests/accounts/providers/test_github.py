"""Whom GitHub says somebody is, over real HTTP (accounts.md 2.19)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.providers.calls import call
from accounts.providers.github import GithubProvider
from accounts.providers.github_configuration import GITHUB_COM
from accounts.providers.github_people import identity_of
from accounts.providers.identity import Tokens
from coderauth.errors import DomainError
from tests.accounts.providers.github_browser import agree, come_back, identified, leave, provider
from tests.github_server import GithubServer, address, configured

TOKENS = Tokens(access_token="gho_1")


def refusal(code: str) -> Any:
    """Expect a refusal with a code of the table of errors."""
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def test_the_way_there_names_everything_that_github_asks_for(
    github: GithubServer, settings: Any
) -> None:
    departure = leave("https://malicious.example/templates?a=b")
    parts = urlsplit(departure.url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    challenge = query.pop("code_challenge")
    assert departure.url.startswith(f"{github.url}/login/oauth/authorize?")
    assert query == {
        "client_id": "Iv1.coderauth",
        "redirect_uri": f"{settings.ACCESS_URL}/api/v2/users/oauth2/github/callback",
        "response_type": "code",
        "scope": "read:user read:org user:email",
        "state": departure.state,
        "access_type": "offline",
        "code_challenge_method": "S256",
    }
    assert len(challenge) == 43
    assert departure.redirect == "/templates?a=b"


def test_github_offers_new_accounts_only_when_we_do(github: GithubServer, settings: Any) -> None:
    assert "allow_signup" not in leave().url
    settings.GITHUB_PROVIDER = configured(github, allow_everyone="true")
    assert "allow_signup=false" in leave().url


def test_somebody_is_who_github_says(github: GithubServer) -> None:
    identity = identified()
    assert identity.linked_id == "583231"
    assert identity.email == "octocat@example.test"
    assert identity.username == "octocat"
    assert identity.name == "The Octocat"
    assert identity.avatar_url == "https://avatars.example.test/u/583231"
    assert identity.groups is None
    assert identity.roles is None


def test_only_the_ids_of_github_com_are_known_as_such(github: GithubServer) -> None:
    assert identified().github_com_user_id is None
    config = replace(provider().config, base_url=GITHUB_COM)
    person = {"id": 583231, "login": "octocat"}
    emails = [address("octocat@example.test")]
    assert identity_of(config, person, emails, TOKENS).github_com_user_id == 583231
    assert config.api_url == "https://api.github.com"


def test_the_token_of_an_oauth_app_is_good_for_ever(github: GithubServer) -> None:
    tokens = identified().tokens
    assert tokens.access_token in github.tokens
    assert tokens.refresh_token == ""
    assert tokens.expires_at is None


def test_the_token_of_a_github_app_ends_and_is_renewed(github: GithubServer) -> None:
    github.expires = True
    first = identified().tokens
    assert first.expires_at is not None
    left = first.expires_at - datetime.now(UTC)
    assert timedelta(hours=7) < left <= timedelta(hours=8)
    second = call(provider().refresh(first.refresh_token))
    assert second.access_token in github.tokens
    assert second.access_token != first.access_token
    assert second.refresh_token != first.refresh_token
    with refusal("refresh_failed") as caught:
        call(provider().refresh(first.refresh_token))
    assert caught.value.detail == "bad_refresh_token"
    assert caught.value.status == 401


@pytest.mark.parametrize(
    ("login", "username"), [("mathias_coder", "mathias-coder"), ("Octo-Cat", "Octo-Cat")]
)
def test_underscores_become_hyphens(github: GithubServer, login: str, username: str) -> None:
    github.person.login = login
    assert identified().username == username


def test_a_login_that_is_no_username_becomes_one(github: GithubServer) -> None:
    github.person.login = "a-login-of-thirty-nine-letters-is-valid"
    username = identified().username
    assert username != github.person.login
    assert 0 < len(username) <= 32


def test_a_name_is_trimmed_and_cut(github: GithubServer) -> None:
    github.person.name = f"  {'a' * 129}  "
    assert identified().name == "a" * 128
    github.person.name = None
    assert identified().name == ""


@pytest.mark.parametrize("avatar", [None, 1, "javascript:alert(1)", "https://a b", "x" * 3000])
def test_a_picture_that_is_not_an_address_is_left_out(github: GithubServer, avatar: Any) -> None:
    github.person.avatar_url = avatar
    assert identified().avatar_url == ""


def test_a_code_is_good_once(github: GithubServer) -> None:
    departure = leave()
    answer = agree(departure.url)
    assert come_back(departure, answer).linked_id == "583231"
    with refusal("code_exchange_failed") as caught:
        come_back(departure, answer)
    assert caught.value.status == 400
    assert caught.value.detail == "bad_verification_code"


def test_a_code_is_good_only_with_the_verifier_of_its_asking(github: GithubServer) -> None:
    with refusal("code_exchange_failed"):
        identified(verifier=leave().verifier)
    assert identified().linked_id == "583231"


def test_a_wrong_client_secret_lets_nobody_in(github: GithubServer, settings: Any) -> None:
    right = settings.GITHUB_PROVIDER
    settings.GITHUB_PROVIDER = replace(right, client_secret="wrong")
    with refusal("code_exchange_failed") as caught:
        identified()
    assert caught.value.detail == "incorrect_client_credentials"
    settings.GITHUB_PROVIDER = right
    assert identified().linked_id == "583231"


@pytest.mark.parametrize(
    "code", ["", "\0", "ü", "a b&client_secret=x", "x" * 5000, "%0d%0a", "'\"<script>"]
)
def test_a_code_that_github_never_issued_is_refused(github: GithubServer, code: str) -> None:
    with refusal("code_exchange_failed"):
        identified(code=code)


@pytest.mark.parametrize("user_id", [0, None, -1, "583231", True, 2**63, 1.5, [1]])
def test_somebody_without_an_id_is_nobody(github: GithubServer, user_id: Any) -> None:
    github.person.id = user_id
    with refusal("github_id_missing") as caught:
        identified()
    assert caught.value.status == 502
    github.person.id = 1
    assert identified().linked_id == "1"


def test_the_enterprise_server_is_asked_and_nobody_else(github: GithubServer) -> None:
    identified()
    assert [path.partition("?")[0] for path in github.asked] == [
        "/login/oauth/authorize",
        "/login/oauth/access_token",
        "/api/v3/user",
        "/api/v3/user/emails",
    ]


def test_it_is_the_only_provider_of_its_login_type(github: GithubServer) -> None:
    assert isinstance(provider(), GithubProvider)
    assert (provider().id, provider().label, provider().login_type) == (
        "github",
        "GitHub",
        "github",
    )
