"""Check, hash and compare passwords, a bounded number at a time."""

import logging
import time
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.contrib.auth import hashers

from accounts.models import User
from accounts.passwords.hashers import CODER_PREFIX, spend_like_coder
from accounts.passwords.strength import check_strength
from coderauth.errors import InvalidRequest, Validation
from coderauth.gates import Gate

logger = logging.getLogger(__name__)

# Threads that stay free for other requests while all others wait to hash.
FREE_THREADS = 4


@lru_cache(maxsize=1)
def _gate() -> Gate:
    """Return what few hashes run behind at once: each takes 100 MiB."""
    running: int = settings.PASSWORD_HASH_CONCURRENCY
    waiting = max(settings.THREADS - FREE_THREADS - running, 1)
    return Gate("busy", running=running, waiting=waiting)


def hash_password(password: str) -> str:
    """Return the hash to store. Takes about 100 ms and 100 MiB; raises Busy."""
    with _gate().turn():
        return hashers.make_password(password)


def matches(password: str, encoded: str) -> bool:
    """Compare with a stored hash, at the same cost if there is none; raises Busy.

    Nothing matches an empty or a broken hash: the work is done, and its result is discarded.
    """
    is_of_coder = encoded.startswith(CODER_PREFIX)
    if not is_of_coder and _any_of_coder():
        # Whoever's hash has moved in could otherwise be told by the time that this takes.
        with _gate().turn():
            spend_like_coder(password)
    if encoded:
        try:
            with _gate().turn():
                found = hashers.verify_password(password, _as_django(encoded))[0]
            if is_of_coder:
                hash_password(password)
            return found
        except (ValueError, OverflowError) as error:
            # A hash that cannot be read. Not the error's text, which may quote it.
            logger.error("A stored password hash is broken (%s)", type(error).__name__)
    hash_password(password)
    return False


def _any_of_coder() -> bool:
    """Say whether an account may still have a hash of Coder's; asked for at most once a minute."""
    return _asked_of_coder(int(time.monotonic() // 60))


@lru_cache(maxsize=1)
def _asked_of_coder(minute: int) -> bool:
    return User.objects.living().filter(password__startswith=CODER_PREFIX).exists()


def must_rehash(encoded: str) -> bool:
    """Say whether a hash has another algorithm or cost than the one in use."""
    hasher = hashers.identify_hasher(_as_django(encoded))
    return hasher.algorithm != hashers.get_hasher().algorithm or hasher.must_update(encoded)


def require_strong(password: str, *, about: Iterable[str], code: str = "weak_new_password") -> None:
    """Raise InvalidRequest with what is wrong with a new password (accounts.md 3.1).

    `about` are the names and addresses of the person, which make a bad one.
    """
    reason = check_strength(password, about)
    if reason:
        raise InvalidRequest(code, validations=[Validation("password", reason)])


def _as_django(encoded: str) -> str:
    return f"coder_pbkdf2{encoded}" if encoded.startswith(CODER_PREFIX) else encoded
