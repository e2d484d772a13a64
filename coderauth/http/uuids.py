"""UUIDs as clients may write them (accounts.md 1.7); `uuid.UUID()` alone accepts far more."""

import re
from uuid import UUID

_HEX32 = "[0-9a-fA-F]{32}"
_HYPHENATED = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_FORMS = re.compile(
    rf"({_HYPHENATED})|({_HEX32})|\{{({_HYPHENATED})\}}|[uU][rR][nN]:[uU][uU][iI][dD]:({_HYPHENATED})"
)
_LENGTHS = frozenset({36, 32, 38, 45})


def parse_uuid(text: str) -> UUID | None:
    """Return the UUID of a text in one of the four forms, else None."""
    # Most texts that are asked about are usernames: their length already says no.
    if len(text) not in _LENGTHS:
        return None
    match = _FORMS.fullmatch(text)
    return UUID(match[match.lastindex or 0]) if match else None


def uuid_error(text: str) -> str:
    """Return why `parse_uuid` refuses the text, or "" if it does not."""
    if parse_uuid(text) is not None:
        return ""
    length = len(text.encode("utf-8", "surrogatepass"))
    return "invalid UUID format" if length in _LENGTHS else f"invalid UUID length: {length}"
