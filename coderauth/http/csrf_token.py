"""Anti-CSRF tokens: a random cookie that a page must repeat in a header (accounts.md 1.14)."""

import base64
import binascii
import secrets

_BYTES = 32


def new_token() -> str:
    """Return the value of a fresh cookie."""
    return base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def is_well_formed(cookie: str) -> bool:
    """Say whether the cookie could be one of ours; if not, the caller sets a new one."""
    return len(_decode(cookie)) == _BYTES


def verify(header: str, cookie: str) -> bool:
    """Say, in constant time, whether the header repeats the cookie, plain or masked.

    A masked one is a random pad and the value combined with it: other clients send such.
    """
    expected, sent = _decode(cookie), _decode(header)
    if len(sent) == 2 * _BYTES:
        sent = _xor(sent[_BYTES:], sent[:_BYTES])
    return len(expected) == _BYTES and secrets.compare_digest(sent, expected)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _decode(text: str) -> bytes:
    """Return the bytes; empty for text that is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
