"""Sessions, and the ways to get one, on the wire."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.models import UserLoginType
from accounts.providers.configuration import FIRST
from accounts.providers.identity import Provider
from accounts.providers.registry import providers
from coderauth.http.documents import Choice, Document
from coderauth.http.examples import PERSON_ID, SECRET
from coderauth.http.redirects import local_part
from scopes.models import LoginType


class SessionDocument(Document):
    """The key of a new session; the cookie holds it, too."""

    session_token = serializers.CharField()

    example = {"session_token": SECRET}


class PasswordMethodDocument(Document):
    enabled = serializers.BooleanField()


class GithubMethodDocument(Document):
    enabled = serializers.BooleanField()
    default_provider_configured = serializers.BooleanField()


class OidcMethodDocument(Document):
    enabled = serializers.BooleanField()
    signInText = serializers.CharField()  # noqa: N815 (the wire's spelling)
    iconUrl = serializers.CharField(allow_blank=True)  # noqa: N815 (the wire's spelling)


class OidcProviderDocument(Document):
    id = serializers.CharField()
    signInText = serializers.CharField()  # noqa: N815 (the wire's spelling)
    iconUrl = serializers.CharField(allow_blank=True)  # noqa: N815 (the wire's spelling)
    url = serializers.CharField(help_text="Where a sign-in with it begins: a path on this site.")


class AuthMethodsDocument(Document):
    """The ways to sign in that are switched on."""

    password = PasswordMethodDocument()
    github = GithubMethodDocument()
    oidc = OidcMethodDocument(help_text="The first provider, without a number.")
    oidc_providers = OidcProviderDocument(
        many=True, required=False, help_text="All of them; left out when there are none."
    )
    terms_of_service_url = serializers.CharField(
        required=False, help_text="Left out when there are none."
    )

    example = {
        "password": {"enabled": True},
        "github": {"enabled": False, "default_provider_configured": False},
        "oidc": {"enabled": False, "signInText": "OpenID Connect", "iconUrl": ""},
        "oidc_providers": [
            {"id": "1", "signInText": "Okta", "iconUrl": "", "url": "/api/v2/users/oidc/1/callback"}
        ],
    }


class ConversionDocument(Document):
    """A conversion to another login type, ready to begin."""

    state_string = serializers.CharField(help_text="What the provider must send back.")
    expires_at = serializers.DateTimeField()
    to_type = Choice([UserLoginType.OIDC.value, UserLoginType.GITHUB.value])
    user_id = serializers.UUIDField()

    example = {
        "state_string": "convert-0123456789abcdefghijABCDEFGHIJkl",
        "expires_at": "2026-01-05T09:35:00Z",
        "to_type": "oidc",
        "user_id": PERSON_ID,
    }


def authentication_methods() -> dict[str, Any]:
    """Return the ways to sign in; `oidc` is the first provider, the only one that Coder knows."""
    offered = [one for one in providers() if one.login_type == LoginType.OIDC]
    first = next((_oidc_method(one) for one in offered if one.id == FIRST), None)
    document: dict[str, Any] = {
        "password": {"enabled": settings.PASSWORD_AUTH_ENABLED},
        "github": {
            "enabled": settings.GITHUB_PROVIDER is not None,
            "default_provider_configured": False,
        },
        "oidc": {
            "enabled": first is not None,
            **(first or {"signInText": "OpenID Connect", "iconUrl": ""}),
        },
    }
    if offered:
        document["oidc_providers"] = [
            {"id": one.id, **_oidc_method(one), "url": local_part(one.redirect_uri)}
            for one in offered
        ]
    if settings.TERMS_OF_SERVICE_URL:
        document["terms_of_service_url"] = settings.TERMS_OF_SERVICE_URL
    return document


def _oidc_method(provider: Provider) -> dict[str, Any]:
    return {"signInText": provider.label, "iconUrl": provider.icon_url}
