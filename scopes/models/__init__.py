"""Organizations and who belongs to them, keys, and registered objects."""

from scopes.models.jobs import KeyJob, KeyJobItem
from scopes.models.keys import (
    ADMITTED,
    KEY_ID_LENGTH,
    LAST_TOUCH,
    PROVIDER_LOGINS,
    Key,
    KeyCeiling,
    KeyQuerySet,
    LoginType,
)
from scopes.models.objects import (
    FAMILY_OF,
    RegisteredObject,
)
from scopes.models.organizations import (
    CustomRole,
    Group,
    GroupMembership,
    Membership,
    Organization,
)

__all__ = [
    "ADMITTED",
    "FAMILY_OF",
    "KEY_ID_LENGTH",
    "LAST_TOUCH",
    "PROVIDER_LOGINS",
    "CustomRole",
    "Group",
    "GroupMembership",
    "Key",
    "KeyCeiling",
    "KeyJob",
    "KeyJobItem",
    "KeyQuerySet",
    "LoginType",
    "Membership",
    "Organization",
    "RegisteredObject",
]
