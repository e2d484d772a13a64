"""The server, sign-in and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coderauth_sdk.parsing import named


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """Which server this is."""

    version: str
    external_url: str
    deployment_id: UUID


@dataclass(frozen=True, slots=True)
class NoticePreference:
    """A kind of notice; `on`: its person wants it, `sent`: the server sends it at all."""

    kind: str
    about: str
    on: bool
    sent: bool


@dataclass(frozen=True, slots=True)
class PasswordMethod:
    enabled: bool


@dataclass(frozen=True, slots=True)
class GithubMethod:
    enabled: bool


@dataclass(frozen=True, slots=True)
class OidcMethod:
    enabled: bool
    sign_in_text: str = named("signInText")
    icon_url: str = named("iconUrl")


@dataclass(frozen=True, slots=True)
class SignInMethods:
    """The ways to sign in."""

    password: PasswordMethod
    github: GithubMethod
    oidc: OidcMethod
    terms_of_service_url: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What a sign-in returns: a key with everything that the user may do."""

    secret: str = named("session_token", secret=True)


@dataclass(frozen=True, slots=True)
class Conversion:
    """A conversion to another login type that has begun; the provider's callback completes it."""

    to_type: str
    user_id: UUID
    expires_at: datetime
    state: str = named("state_string", secret=True)


@dataclass(frozen=True, slots=True)
class PasswordVerdict:
    """Whether a password is good enough, and why not."""

    valid: bool
    details: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a user."""

    name: str
    display_name: str
    organization_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FirstUser:
    user_id: UUID
    organization_id: UUID


@dataclass(frozen=True, slots=True)
class User:
    id: UUID
    username: str
    email: str
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None
    status: str
    login_type: str
    organization_ids: tuple[UUID, ...]
    roles: tuple[Role, ...]
    name: str = ""
    avatar_url: str = ""
    is_service_account: bool = False


@dataclass(frozen=True, slots=True)
class UserPage:
    """A page of users; `count` is the number of all that match."""

    users: tuple[User, ...]
    count: int


@dataclass(frozen=True, slots=True)
class UserRoles:
    """The roles of a user: site roles, and those in each organization."""

    roles: tuple[str, ...]
    organization_roles: Mapping[UUID, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LoginType:
    login_type: str
