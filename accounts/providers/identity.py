"""What any provider says about a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from scopes.models import LoginType


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a provider gave for a code or a refresh token; without expiry it is valid for ever."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A person whom a provider has signed in, by the claims that count (accounts.md 2.19, 2.20).

    `linked_id` never changes for a person; everything else may. `username` is valid. `groups` and
    `roles` are what the synced claims say, None if they are not synced. `session` tells the
    provider's session from others; `id_token` is there if signing out needs it.
    """

    linked_id: str
    email: str
    username: str
    tokens: Tokens
    name: str = ""
    avatar_url: str = ""
    github_com_user_id: int | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    session: str = ""
    id_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a browser brought back from a provider, and what ties it to the request.

    `verifier` is of RFC 7636, `nonce` of OIDC; `issuer` is the one that the answer names (RFC
    9207), or empty.
    """

    code: str = field(repr=False)
    verifier: str = field(repr=False)
    nonce: str
    issuer: str = ""


class Provider(Protocol):
    """A place where people sign in. The coroutines run inside `accounts.providers.calls.call`.

    They raise DomainError for whatever the provider does wrong.
    """

    @property
    def id(self) -> str:
        """Return the name in paths, links and logs: `oidc`, `1`, `github`."""

    @property
    def login_type(self) -> LoginType: ...

    @property
    def label(self) -> str:
        """Return the name for people: `OpenID Connect`, `GitHub`."""

    @property
    def icon_url(self) -> str: ...

    @property
    def allow_signups(self) -> bool: ...

    @property
    def signups_disabled_text(self) -> str: ...

    @property
    def redirect_uri(self) -> str:
        """Return our callback, the address that is registered at the provider."""

    async def authorize_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser goes to sign in there."""

    async def identify(self, proof: Proof) -> Identity:
        """Return the person whom the provider has signed in."""

    async def refresh(self, refresh_token: str) -> Tokens:
        """Return new tokens; raises DomainError("refresh_failed")."""
