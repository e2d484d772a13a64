"""System checks: contradictions that should stop a deployment rather than surprise it."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register

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
