"""How people look on the wire; the serializers of the schema say the same."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings

from accounts.providers.configuration import FIRST
from accounts.providers.identity import Provider
from accounts.providers.registry import providers
from coderauth.http.redirects import local_part
from coderauth.http.times import format_time
from scopes.api.representations import role_document
from scopes.models import LoginType


class Account(Protocol):
    """A user model instance or the caller of a request."""

    @property
    def pk(self) -> Any: ...
    @property
    def username(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def avatar_url(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def login_type(self) -> str: ...
    @property
    def site_roles(self) -> list[str]: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def last_seen_at(self) -> datetime | None: ...


def user_document(user: Account, organization_ids: Iterable[object]) -> dict[str, Any]:
    """Return a user; implied roles are not listed, empty names and avatars are left out."""
    document: dict[str, Any] = {
        "id": str(user.pk),
        "username": user.username,
        "email": user.email,
        "created_at": format_time(user.created_at),
        "updated_at": format_time(user.updated_at),
        "last_seen_at": format_time(user.last_seen_at),
        "status": str(user.status),
        "login_type": str(user.login_type),
        "organization_ids": [str(identifier) for identifier in organization_ids],
        "roles": [role_document(name) for name in user.site_roles],
    }
    if user.name:
        document["name"] = user.name
    if user.avatar_url:
        document["avatar_url"] = user.avatar_url
    return document


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
