"""System checks: contradictions that should stop a deployment rather than surprise it."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.utils.module_loading import import_string

LOOPBACK = ("http://127.", "http://localhost", "http://[::1]")


@register(Tags.security, deploy=True)
def access_url_is_safe(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn when sessions would travel unencrypted over a network."""
    if settings.DEV or settings.HTTPS or settings.ACCESS_URL.startswith(LOOPBACK):
        return []
    return [
        checks.Warning(
            "Sessions travel unencrypted: CODERAUTH_ACCESS_URL is plain http.",
            hint="Put a TLS proxy in front and set CODERAUTH_ACCESS_URL to its https:// address.",
            id="coderauth.W001",
        )
    ]


@register(Tags.security)
def proxy_settings_agree(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn when a forwarding header is named but no proxy is trusted, or the other way round."""
    if bool(settings.PROXY_TRUSTED_HEADERS) == bool(settings.PROXY_TRUSTED_ORIGINS):
        return []
    return [
        checks.Warning(
            "Forwarding headers are ignored: set both CODERAUTH_PROXY_TRUSTED_HEADERS "
            "and CODERAUTH_PROXY_TRUSTED_ORIGINS, or neither.",
            id="coderauth.W002",
        )
    ]


@register
def settings_name_what_exists(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse settings that name a function nobody has, before the hour in which it is called."""
    names = [
        settings.ORGANIZATION_LOOKUP,
        settings.ORGANIZATIONS_LOOKUP,
        settings.PROVIDER_SESSION_RENEWAL,
        *(
            name
            for name, _ in [
                *settings.CHORES,
                *settings.OUTGOING_CHORES,
                *settings.RETENTION_CHORES,
            ]
        ),
    ]
    return [
        checks.Error(f"The settings name {name}, which there is not.", id="coderauth.E002")
        for name in names
        if not _is_function(name)
    ]


def _is_function(name: str) -> bool:
    try:
        return callable(import_string(name))
    except ImportError:
        return False
