"""People, and what signing in remembers of them."""

from accounts.models.sign_in import (
    DIGEST_LENGTH,
    Passcode,
    ProviderSession,
    UsedLogoutToken,
    UserLink,
)
from accounts.models.users import (
    Notice,
    User,
    UserLoginType,
    UserManager,
    UserQuerySet,
    UserStatus,
)

__all__ = [
    "DIGEST_LENGTH",
    "Notice",
    "Passcode",
    "ProviderSession",
    "UsedLogoutToken",
    "User",
    "UserLink",
    "UserLoginType",
    "UserManager",
    "UserQuerySet",
    "UserStatus",
]
