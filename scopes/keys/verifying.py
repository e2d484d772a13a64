"""Say whose key a presented token is."""

import logging
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.module_loading import import_string

from coderauth.errors import (
    Unauthenticated,
)
from coderauth.http.times import format_time
from scopes.callers import PROVIDER_LOGINS, Caller, find_caller
from scopes.keys.rows import ID_LENGTH, SECRET_LENGTH
from scopes.keys.use import note_use
from scopes.people import wake_dormant

logger = logging.getLogger(__name__)
# Refusals of `verify` that a guesser earns; doors count them.
GUESSES = frozenset({"unknown_key", "wrong_secret"})
# Compared when the id is unknown, so that an unknown id costs what a wrong secret costs.
_NOBODY = bytes(32)


def verify(token: str, *, address: str) -> Caller:
    """Return who a presented token belongs to, and keep the key fresh.

    Costs one statement and a hash; a second one at most once an hour. Raises Unauthenticated with
    the code of the first of the reasons of accounts.md 1.9 that applies, Busy when too many wait
    for a provider.
    """
    key_id, secret = _split(token)
    try:
        caller = find_caller(key_id)
    except DatabaseError as error:
        logger.exception("Cannot look up a key")
        raise Unauthenticated("store_failure") from error
    digest = sha256(secret.encode()).digest()
    matches = compare_digest(digest, _NOBODY if caller is None else bytes(caller.hashed_secret))
    if caller is None:
        raise Unauthenticated("unknown_key")
    if not matches:
        raise Unauthenticated("wrong_secret")
    now = timezone.now()
    expires_at = caller.expires_at
    if expires_at < now:
        raise Unauthenticated("expired_key", expired_at=format_time(expires_at))
    if caller.key_login_type in PROVIDER_LOGINS:
        _require_provider_session(caller, now)
    note_use(caller, expires_at, now, address)
    if caller.status == "dormant":
        wake_dormant(caller.id, now=now)
        caller.status = "active"
    if caller.status != "active":
        raise Unauthenticated("inactive_user", status=caller.status)
    return caller


def _require_provider_session(caller: Caller, now: datetime) -> None:
    """Refuse a provider's session without a link, or with one whose tokens cannot be renewed.

    Renewing costs a call of the provider; the key lives no longer for it.
    """
    link = caller.link
    if link is None:
        raise Unauthenticated("unlinked_key")
    if link.expires_at is not None and link.expires_at < now:
        import_string(settings.PROVIDER_SESSION_RENEWAL)(link.id)


def _split(token: str) -> tuple[str, str]:
    parts = token.split("-")
    if len(parts) != 2:
        reason = f"incorrect amount of API key parts, expected 2 got {len(parts)}"
    elif len(parts[0]) != ID_LENGTH:
        reason = f"invalid API key ID length, expected {ID_LENGTH} got {len(parts[0])}"
    elif len(parts[1]) != SECRET_LENGTH:
        reason = f"invalid API key secret length, expected {SECRET_LENGTH} got {len(parts[1])}"
    elif not token.isascii() or "\x00" in token:
        raise Unauthenticated("unknown_key")
    else:
        return parts[0], parts[1]
    raise Unauthenticated("malformed_token", reason=reason)
