"""Ids in forms that make a key: the key gets it, so that one form makes one key."""

from datetime import timedelta

from django.core.signing import BadSignature, TimestampSigner
from django.utils.crypto import get_random_string

from scopes.callers import Caller
from scopes.keys.tokens import ID_LENGTH

_OPEN_FOR = timedelta(days=1)  # a form, from when it was shown


def form_id(caller: Caller) -> str:
    """Return a new id, signed for the visitor whom the form is shown to."""
    # In hexadecimal digits: a signature has hyphens, and nothing on a page may look like a token.
    return _signer(caller).sign(get_random_string(ID_LENGTH)).encode().hex()


def key_id_of(caller: Caller, signed: str) -> str | None:
    """Return the id that the key of a form gets; None unless we showed the form to them lately."""
    try:
        return _signer(caller).unsign(bytes.fromhex(signed).decode(), max_age=_OPEN_FOR)
    except (BadSignature, ValueError):
        return None


def _signer(caller: Caller) -> TimestampSigner:
    return TimestampSigner(salt=f"new key by {caller.id}")
