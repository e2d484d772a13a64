"""A browser on its way to GitHub and back."""

from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from django.conf import settings

from accounts.federation.flow import Departure, Return, depart, identify
from accounts.providers.github import GithubProvider
from accounts.providers.identity import Identity
from coderauth.errors import DomainError

CALLBACK = "/api/v2/users/oauth2/github/callback"
DEVICE = "/api/v2/users/oauth2/github/device"
# Kept, because to make one is to read all certificates of the machine.
_browser = httpx2.Client()


def provider() -> GithubProvider:
    assert settings.GITHUB_PROVIDER is not None
    return GithubProvider(settings.GITHUB_PROVIDER)


def leave(redirect: str = "") -> Departure:
    return depart(provider(), merge_state="", redirect=redirect)


def agree(url: str) -> dict[str, str]:
    """Open GitHub's page as the person who is signed in there; return what it leads back with."""
    answer = _browser.get(url)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def come_back(departure: Departure, answer: dict[str, str], **changed: str) -> Identity:
    values = {
        "code": answer["code"],
        "state": answer["state"],
        "kept_state": departure.state,
        "verifier": departure.verifier,
        **changed,
    }
    return identify(provider(), Return(**values))


def identified(**changed: str) -> Identity:
    """Sign in at GitHub, and return whom it says that is."""
    departure = leave()
    return come_back(departure, agree(departure.url), **changed)


def refusal(code: str = "") -> DomainError:
    """Sign in at GitHub, and return why that is refused; its code is held to a given one."""
    with pytest.raises(DomainError) as caught:
        identified()
    assert code in {"", caught.value.code}
    return caught.value
