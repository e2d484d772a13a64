"""Encrypt what must be read again: the tokens of providers (Fernet: AES-CBC and HMAC).

The keys come from `ENCRYPTION_KEY` and, for what earlier keys wrote, `ENCRYPTION_KEY_FALLBACKS`.
The database alone is not enough to read them.
"""

import base64
from collections.abc import Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"coderauth.accounts.encryption"


class Undecryptable(Exception):
    """No configured key wrote this text, or somebody changed it."""


def encrypt(text: str) -> str:
    """Return a text encrypted with the current key; an empty one stays empty."""
    return _keys().encrypt(text.encode()).decode() if text else ""


def decrypt(text: str) -> str:
    """Decrypt a text with the current key or an earlier one; raises Undecryptable."""
    if not text:
        return ""
    try:
        return _keys().decrypt(text.encode()).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Undecryptable from error


def is_current(text: str) -> bool:
    """Say whether the current key alone can read a text; an empty one needs no key."""
    if not text:
        return True
    try:
        _fernets((settings.ENCRYPTION_KEY,)).decrypt(text.encode())
    except (InvalidToken, UnicodeError):
        return False
    return True


def _keys() -> MultiFernet:
    return _fernets((settings.ENCRYPTION_KEY, *settings.ENCRYPTION_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _fernets(secrets: Sequence[str]) -> MultiFernet:
    """Return keys derived from secrets for this purpose only (RFC 5869)."""
    return MultiFernet(
        [
            Fernet(
                base64.urlsafe_b64encode(
                    HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(
                        secret.encode()
                    )
                )
            )
            for secret in secrets
        ]
    )
