"""The client of coderauth: `Client`, and `AsyncClient` for asyncio.

    with Client("https://auth.example.org", token) as client:
        client.tokens.create(name="ci", scopes=[Scope.WORKSPACE_READ])

Every failure is a `CoderAuthError`; a refusal by the server is an `ApiError` with its words.
"""

from coderauth_sdk.aio.client import AsyncClient
from coderauth_sdk.errors import (
    ApiError,
    CoderAuthError,
    ConfigurationError,
    Conflict,
    ConnectionFailed,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotSignedIn,
    RateLimited,
    ServerError,
    TimedOut,
    TransportError,
    UnexpectedAnswer,
    Validation,
)
from coderauth_sdk.inputs import AccessList, Check, ObjectReference, ObjectWish
from coderauth_sdk.models.accounts import (
    BuildInfo,
    Conversion,
    FirstUser,
    GithubMethod,
    NoticePreference,
    OidcMethod,
    PasswordMethod,
    PasswordVerdict,
    Role,
    SignInMethods,
    User,
    UserPage,
    UserRoles,
)
from coderauth_sdk.models.audit import Actor, AuditEntry, AuditPage
from coderauth_sdk.models.keys import (
    Ceiling,
    Explanation,
    Introspection,
    Key,
    NewKey,
    RotatedKey,
    Session,
    Usage,
    Use,
)
from coderauth_sdk.models.objects import BulkResult, ObjectPage, RegisteredObject
from coderauth_sdk.models.organizations import (
    Group,
    GroupPerson,
    ListedRole,
    Member,
    MemberPage,
    Membership,
    Organization,
    Permission,
)
from coderauth_sdk.requests import DEFAULT_ORGANIZATION, Reference
from coderauth_sdk.retries import NO_RETRIES, Retries
from coderauth_sdk.scopes import Scope
from coderauth_sdk.sync.client import Client
from coderauth_sdk.version import VERSION

__version__ = VERSION
__all__ = [
    "DEFAULT_ORGANIZATION",
    "NO_RETRIES",
    "VERSION",
    "AccessList",
    "Actor",
    "ApiError",
    "AsyncClient",
    "AuditEntry",
    "AuditPage",
    "BuildInfo",
    "BulkResult",
    "Ceiling",
    "Check",
    "Client",
    "CoderAuthError",
    "ConfigurationError",
    "Conflict",
    "ConnectionFailed",
    "Conversion",
    "Explanation",
    "FirstUser",
    "Forbidden",
    "GithubMethod",
    "Group",
    "GroupPerson",
    "Introspection",
    "InvalidRequest",
    "Key",
    "ListedRole",
    "Member",
    "MemberPage",
    "Membership",
    "NewKey",
    "NotFound",
    "NotSignedIn",
    "NoticePreference",
    "ObjectPage",
    "ObjectReference",
    "ObjectWish",
    "OidcMethod",
    "Organization",
    "PasswordMethod",
    "PasswordVerdict",
    "Permission",
    "RateLimited",
    "Reference",
    "RegisteredObject",
    "Retries",
    "Role",
    "RotatedKey",
    "Scope",
    "ServerError",
    "Session",
    "SignInMethods",
    "TimedOut",
    "TransportError",
    "UnexpectedAnswer",
    "Usage",
    "Use",
    "User",
    "UserPage",
    "UserRoles",
    "Validation",
]
