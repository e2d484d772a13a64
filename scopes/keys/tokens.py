"""The text of a token: `<id>-<secret>`, and with a prefix of the deployment, a checksum after it.

A prefix lets scanners find tokens that were leaked, and a checksum lets them tell tokens from text
that looks alike, without asking anybody: so does GitHub with its own.
"""

import string
from typing import Final
from zlib import crc32

from django.conf import settings

from coderauth.errors import Unauthenticated
from scopes.models import KEY_ID_LENGTH

ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = KEY_ID_LENGTH, 22, 6
_BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase


def join_token(key_id: str, secret: str) -> str:
    """Return the token as it is shown to its owner."""
    plain, prefix = f"{key_id}-{secret}", settings.TOKEN_PREFIX
    return f"{prefix}{plain}{checksum(prefix + plain)}" if prefix else plain


def split_token(token: str) -> tuple[str, str]:
    """Return the id and the secret of a token, with or without the prefix.

    Raises Unauthenticated for a malformed one, and for a wrong checksum.
    """
    token = _plain(token)
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


def checksum(text: str) -> str:
    """Return the CRC-32 of a text in base 62, six digits long."""
    number, digits = crc32(text.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_BASE62))
        digits = _BASE62[digit] + digits
    return digits


def _plain(token: str) -> str:
    """Return a token without prefix and checksum."""
    prefix: str = settings.TOKEN_PREFIX
    if not prefix or not token.startswith(prefix):
        return token
    body, stated = token[:-CHECKSUM_LENGTH], token[-CHECKSUM_LENGTH:]
    if len(body) < len(prefix) or checksum(body) != stated:
        raise Unauthenticated("malformed_token", reason="its checksum is wrong")
    return body.removeprefix(prefix)
