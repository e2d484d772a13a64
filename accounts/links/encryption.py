"""Encrypt what must be read again: the tokens of providers (Fernet: AES-CBC and HMAC).

The keys come from `ENCRYPTION_KEY` and, for what earlier keys wrote, `ENCRYPTION_KEY_FALLBACKS`.
Whoever has the database alone reads nothing.
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
    """None of the configured keys wrote this, or somebody changed it."""


def encrypt(text: str) -> str:
    """Return a text encrypted with today's key; nothing stays nothing."""
    return _keys().encrypt(text.encode()).decode() if text else ""


def decrypt(text: str) -> str:
    """Return what was encrypted, with today's or an earlier key; raises Undecryptable."""
    if not text:
        return ""
    try:
        return _keys().decrypt(text.encode()).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Undecryptable from error


def is_current(text: str) -> bool:
    """Say whether today's key alone reads a text; nothing needs no key."""
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
    """Return the keys that belong to secrets (RFC 5869), for nothing else."""
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
