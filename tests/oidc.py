"""Go to a provider and back, the way a browser does."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.conf import settings

from accounts.federation.flow import Departure, Return, depart, identify
from accounts.providers import discovery, signatures, token_endpoint
from accounts.providers.configuration import OidcConfig
from accounts.providers.github_configuration import GithubConfig
from accounts.providers.identity import Identity
from accounts.providers.registry import provider_get
from coderauth.errors import DomainError
from tests.lying_provider import CLIENT_ID, CLIENT_SECRET

# Leads a browser from an authorize URL back to us; returns the address of our callback.
Visit = Callable[[str], str]


def oidc_config(issuer: str, *, id: str = "oidc", **fields: Any) -> OidcConfig:  # noqa: A002
    """Return the configuration of a provider; `fields` are more of it."""
    values = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **fields}
    return OidcConfig(id=id, issuer_url=issuer, **values)


def configure(fixture: Any, *configs: OidcConfig, github: GithubConfig | None = None) -> None:
    """Have coderauth use these providers only; `fixture` is pytest-django's `settings`."""
    fixture.OIDC_PROVIDERS = {config.id: config for config in configs}
    fixture.GITHUB_PROVIDER = github


def forget() -> None:
    """Have this process know nothing of any provider: the next one may have the same port."""
    discovery._kept.clear()
    signatures._kept.clear()
    token_endpoint._learned.clear()


def sign_in_at(visit: Visit, provider_id: str = "oidc") -> Identity:
    """Return whom a provider says somebody is."""
    departure = leave(provider_id)
    return arrive(departure, visit(departure.url), provider_id)


def refusal_at(visit: Visit, code: str = "") -> DomainError:
    """Return why we refuse what a provider says of somebody; its code is held to a given one."""
    with pytest.raises(DomainError) as refusal:
        sign_in_at(visit)
    assert code in {"", refusal.value.code}
    return refusal.value


def leave(provider_id: str = "oidc") -> Departure:
    return depart(provider_get(provider_id), merge_state="", redirect="")


def arrive(departure: Departure, location: str, provider_id: str = "oidc") -> Identity:
    """Bring back what is in the address of our callback."""
    query = query_of(location)
    back = Return(
        code=query["code"],
        state=query["state"],
        kept_state=departure.state,
        verifier=departure.verifier,
        issuer=query.get("iss", ""),
    )
    return identify(provider_get(provider_id), back)


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


def location_of(
    url: str,
    form: dict[str, str] | None = None,
    browser: urllib.request.OpenerDirector | None = None,
) -> str:
    """Return where an address leads; a form is posted."""
    data = None if form is None else urlencode(form).encode()
    with pytest.raises(urllib.error.HTTPError) as answer:
        (browser or urllib.request.build_opener(Stay)).open(url, data, timeout=10)
    with answer.value as redirect:
        assert redirect.headers["Location"], redirect.read()
        return str(redirect.headers["Location"])


def visit_mock(subject: str) -> Visit:
    """Sign in at `oidc-provider-mock` as somebody."""
    return lambda url: location_of(url, {"sub": subject})


@contextmanager
def oidc_provider_mock(**options: Any) -> Iterator[str]:
    """Run `oidc-provider-mock` in a thread; yield its issuer."""
    import oidc_provider_mock as package  # Half a second, which few tests need.

    with package.run_server_in_thread(**options) as server:
        yield f"http://localhost:{server.server_port}"


def redirect_uri(provider_id: str = "oidc") -> str:
    part = "" if provider_id == "oidc" else f"/{provider_id}"
    return f"{settings.ACCESS_URL}/api/v2/users/oidc{part}/callback"
