"""Limit attempts at passwords, so that a stranger's attempts do not keep the owner out.

Each client address has a limit of its own for each endpoint. In addition, all strangers together
may try an account at most LOGIN_RATE_LIMIT times a minute; using that up locks out only other
strangers. A browser that has signed in to the account before brings a device cookie, and an address
from which somebody signed in has a key of the account: each of these has a limit of its own (OWASP,
"Slow Down Online Guessing Attacks with Device Cookies"; ASVS 5.0 6.1.1, 6.3.1).
"""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.crypto import get_random_string

from accounts.models import User
from coderauth.errors import RateLimited
from coderauth.folding import fold
from coderauth.http.client import rate_limit_address
from coderauth.http.ratelimit import enforce
from scopes.models import Key

SALT: Final = "coderauth.accounts.device"
DEVICE_AGE: Final = 180 * 24 * 3600  # seconds


def count_sign_in(*, email: str, address: str, device: str) -> None:
    """Count an attempt at a password; `device` is the browser's device cookie.

    One statement, two more once strangers have used up the account's limit. Raises RateLimited.
    """
    account = fold(email)
    name = _device_name(device, account)
    if name:
        enforce(f"login:{account}:device:{name}", settings.LOGIN_RATE_LIMIT)
        return
    try:
        enforce(f"login:{account}", settings.LOGIN_RATE_LIMIT)
    except RateLimited:
        if not _has_signed_in_from(email, address):
            raise
        own = rate_limit_address(address)
        enforce(f"login:{account}:address:{own}", settings.LOGIN_RATE_LIMIT)


def count_proof(user_id: UUID | str) -> None:
    """Count an attempt at a password, or a mail, by a signed-in caller; raises RateLimited.

    Separate from sign-ins, so that strangers cannot use it up.
    """
    enforce(f"proof:{user_id}", settings.LOGIN_RATE_LIMIT)


def device_cookie(email: str, device: str) -> str:
    """Return the device cookie for a browser that has signed in: the one it brought, if valid."""
    account = fold(email)
    if _device_name(device, account):
        return device
    return signing.dumps([account, get_random_string(22)], salt=SALT)


def _device_name(device: str, account: str) -> str:
    """Return the name of a browser that has signed in to an account; empty for others."""
    if not device:
        return ""
    try:
        of, name = signing.loads(device, salt=SALT, max_age=DEVICE_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(name) if of == account else ""


def _has_signed_in_from(email: str, address: str) -> bool:
    """Say whether the account has a key of this address; an unknown account costs the same."""
    users = User.objects.with_email(email).values("pk")
    return Key.objects.filter(user__in=users, ip_address=address).exists()
