"""End tokens that were found where everybody can read them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scopes.keys.possession import key_surrender

MAX_TOKENS = 100
_URL_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class LeakedToken:
    """A token and where it was found, as whoever found it says."""

    token: str = field(repr=False)
    url: str = ""


def tokens_leaked(found: Sequence[LeakedToken]) -> int:
    """Revoke the keys of these tokens, as far as they are ours; return how many were."""
    revoked = 0
    for leak in found:
        why = {"leaked": True, "url": _shown(leak)}
        revoked += key_surrender(token=leak.token, why=why) is not None
    return revoked


def _shown(leak: LeakedToken) -> str:
    """Return the address for the audit, without the token, which it may hold, too."""
    text = "".join(letter for letter in leak.url if letter.isprintable())
    return text.replace(leak.token, "…")[:_URL_CHARACTERS]
