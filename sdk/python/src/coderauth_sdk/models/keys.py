"""Keys, and what they may do."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coderauth_sdk.parsing import named


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret. `username` is filled in by lists.

    `renews` says whether use moves the end; until `old_valid_until`, the secret before the last
    rotation works, too.
    """

    id: str
    user_id: UUID
    last_used: datetime | None
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    login_type: str
    scopes: tuple[str, ...]
    allow_list: tuple[str, ...]
    token_name: str
    lifetime_seconds: int
    username: str = ""
    renews: bool = True
    paused: bool = False
    rotated_at: datetime | None = None
    old_valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A scope, and the last hour in which something that it permits was done."""

    scope: str
    last_used: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What a key holds, what of it was used, and what never; the scopes in `trim` would do."""

    held: tuple[str, ...]
    used: tuple[Use, ...]
    unused: tuple[str, ...]
    trim: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What tokens may be of everybody with a role, or in an organization; None sets no ceiling.

    `max_lifetime` is in nanoseconds.
    """

    role: str
    organization_id: UUID | None
    max_lifetime: int | None
    forbid_full_access: bool
    scopes: tuple[str, ...] | None
    fixed_ends: bool
    max_keys: int | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key; the server shows its secret only this once."""

    secret: str = named("key", secret=True)

    @property
    def id(self) -> str:
        return key_id(self.secret)

    def __str__(self) -> str:
        return f"key {self.id}"


@dataclass(frozen=True, slots=True)
class RotatedKey(NewKey):
    """A key with its new secret, and until when the old one works; None: it has ended."""

    old_valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Where somebody is signed in; `current` is the one that asked, `device` is in words."""

    id: str
    current: bool
    login_type: str
    way: str
    device: str
    user_agent: str
    ip_address: str
    created_at: datetime
    last_used: datetime | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Activity:
    active: bool


@dataclass(frozen=True, slots=True)
class Introspection:
    """A good token: `client_id` is the id of its key, `sub` that of its user.

    `scope` has spaces between the scopes; `exp` and `iat` are seconds since 1970.
    """

    scope: str
    client_id: str
    username: str
    sub: UUID
    exp: int
    iat: int
    token_type: str

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.scope.split())


@dataclass(frozen=True, slots=True)
class EndedSessions:
    ended: int


def key_id(key: str) -> str:
    """Return the id of a key, which may be given with its secret."""
    # There may be a prefix before the id.
    return key.partition("-")[0][-10:]


@dataclass(frozen=True, slots=True)
class TokenConfig:
    """How long a token may live, in nanoseconds."""

    max_token_lifetime: int


@dataclass(frozen=True, slots=True)
class ScopeCatalogue:
    external: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What decided a check, and what was missing; `hint` says what to ask for."""

    allowed: bool
    level: str | None
    permission: str | None
    negated: bool
    role: str | None
    organization: str | None
    scope: str | None
    missing: tuple[str, ...]
    hint: str
