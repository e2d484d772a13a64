"""Times on the wire: RFC 3339, UTC, at most microseconds, no trailing zeros (accounts.md 1.7)."""

import re
from datetime import UTC, datetime

NEVER = "0001-01-01T00:00:00Z"

_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?"
    r"(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def format_time(time: datetime | None) -> str:
    """Return the wire form; None means never, the zero time. Costs about a microsecond.

    A time without a zone is a programming error and raises ValueError.
    """
    if time is None:
        return NEVER
    if time.tzinfo is not UTC:
        if time.utcoffset() is None:
            raise ValueError("a time without a zone cannot be sent")
        time = time.astimezone(UTC)
    text = time.isoformat()[:-6]
    return (text.rstrip("0") if time.microsecond else text) + "Z"


def parse_time(text: str) -> datetime:
    """Return the time in UTC; digits beyond microseconds are cut. Raises ValueError."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError("must be a time such as 2025-09-01T12:00:00Z (RFC 3339)")
    seconds, fraction, zone = match.groups(default="")
    offset = "+00:00" if zone == "Z" else zone
    try:
        return datetime.fromisoformat(f"{seconds}.{fraction[:6]:0<6}{offset}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("must be a time that exists between the years 1 and 9999") from error
