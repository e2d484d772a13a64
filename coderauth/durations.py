"""Durations in the notation of Go (`1h30m`, `168h`, `1.5s`), which Coder's settings use.

Coder's command line also takes days of 24 hours and years of 365 days (`30d`, `1y`); so do we, and
weeks.
"""

import re
from datetime import timedelta

_MICRO_SIGN, _GREEK_MU = "\u00b5", "\u03bc"
_UNITS = {
    "ns": 1,
    "us": 1_000,
    f"{_MICRO_SIGN}s": 1_000,
    f"{_GREEK_MU}s": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 24 * 3_600_000_000_000,
    "w": 7 * 24 * 3_600_000_000_000,
    "y": 365 * 24 * 3_600_000_000_000,
}
_MAXIMUM_NANOSECONDS = 2**63 - 1
_MAXIMUM_CHARACTERS = 100
_PART = re.compile(rf"(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?({'|'.join(_UNITS)})")


def parse_duration(text: str) -> timedelta:
    """Return the duration; anything finer than a microsecond is cut off. Raises ValueError."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return timedelta(0)
    if not rest or len(text) > _MAXIMUM_CHARACTERS:
        raise ValueError("a duration is one or more numbers with a unit, such as 1h30m")
    total = 0
    position = 0
    while position < len(rest):
        part = _PART.match(rest, position)
        if part is None:
            units = "ns, us, ms, s, m, h, d, w, y"
            raise ValueError(f"{text!r} is not numbers, each with a unit ({units}), such as 1h30m")
        whole, fraction, unit = part.groups(default="")
        total += int(whole or "0") * _UNITS[unit]
        total += int(fraction or "0") * _UNITS[unit] // 10 ** len(fraction)
        position = part.end()
    if total > _MAXIMUM_NANOSECONDS:
        raise ValueError(f"{text!r} is longer than the longest duration, about 292 years")
    return timedelta(microseconds=sign * (total // 1_000))


def to_nanoseconds(duration: timedelta) -> int:
    """Return the exact number of nanoseconds, the unit of durations on the wire."""
    return duration // timedelta(microseconds=1) * 1_000


def format_duration(nanoseconds: int) -> str:
    """Return Go's text of a duration: `168h0m0s`, `1.5s`, `1ms`, `0s`."""
    sign = "-" if nanoseconds < 0 else ""
    size = abs(nanoseconds)
    if size == 0:
        return "0s"
    for unit in ("ns", f"{_MICRO_SIGN}s", "ms"):
        if size < _UNITS[unit] * 1_000:
            return f"{sign}{_decimal(size, _UNITS[unit])}{unit}"
    minutes, rest = divmod(size, _UNITS["m"])
    seconds = f"{_decimal(rest, _UNITS['s'])}s"
    if minutes == 0:
        return sign + seconds
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}h{minutes}m{seconds}" if hours else f"{sign}{minutes}m{seconds}"


def _decimal(size: int, unit: int) -> str:
    whole, rest = divmod(size, unit)
    digits = len(str(unit)) - 1  # units below a minute are powers of ten
    return f"{whole}.{rest:0{digits}d}".rstrip("0") if rest else str(whole)
