"""The configured providers, by id."""

from typing import Any

from django.conf import settings

from accounts.providers.calls import call
from accounts.providers.configuration import GITHUB
from accounts.providers.github import GithubProvider
from accounts.providers.identity import Provider
from accounts.providers.oidc import OidcProvider
from coderauth.errors import InvalidRequest


def provider_get(provider_id: str) -> Provider:
    """Return a provider; raises InvalidRequest for one that is not configured."""
    if provider_id == GITHUB:
        if settings.GITHUB_PROVIDER is not None:
            return GithubProvider(settings.GITHUB_PROVIDER)
    elif provider_id in settings.OIDC_PROVIDERS:
        return OidcProvider(settings.OIDC_PROVIDERS[provider_id])
    raise InvalidRequest("provider_not_configured")


def providers() -> list[Provider]:
    """Return all providers, in the order of the sign-in page."""
    identifiers = [*settings.OIDC_PROVIDERS, *([GITHUB] if settings.GITHUB_PROVIDER else [])]
    return [provider_get(identifier) for identifier in identifiers]


def uses_device_flow(provider_id: str) -> bool:
    """Say whether a page polls for a provider's sign-ins, instead of GitHub leading back."""
    config = settings.GITHUB_PROVIDER
    return provider_id == GITHUB and config is not None and config.device_flow


def device_authorize() -> dict[str, Any]:
    """Ask GitHub for a code that a person types there (RFC 8628 3.1).

    Raises InvalidRequest when that is not switched on.
    """
    config = settings.GITHUB_PROVIDER
    if config is None:
        raise InvalidRequest("github_disabled")
    if not config.device_flow:
        raise InvalidRequest("device_flow_disabled")
    return call(GithubProvider(config).device_authorize())
