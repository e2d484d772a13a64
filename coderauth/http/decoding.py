"""The text of a request body, decoded as Go's decoder does (accounts.md 1.4).

orjson reads strict JSON. What it refuses but clients of a Go server may rely on takes the slow
path: bytes after the first value, broken UTF-8, lone surrogates.
"""

import json
import math
import re
from typing import Any
from urllib.parse import parse_qsl

import orjson

from coderauth.errors import InvalidRequest

MAX_BYTES = 2**20
MAX_FIELDS = 100

# Pairs and other escapes are matched first, so only a lone surrogate is replaced.
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\.",
    re.DOTALL,
)
# What may follow where the parser gave up because the input ended.
_BEGUN = re.compile(r"(?:t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-|\.|[eE][+-]?|u[0-9a-fA-F]{0,4})?")


def decode(raw: bytes) -> Any:
    """Return the first JSON value of a body and ignore what follows it; raises InvalidRequest.

    No string of the result holds a surrogate, so all of them can be encoded and stored; they may
    hold NUL, which the fields refuse.
    """
    if len(raw) > MAX_BYTES:
        raise body_too_large()
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _decode_leniently(raw)


def decode_form(raw: bytes) -> dict[str, str]:
    """Return the fields of an HTML form (`a=1&b=2`); raises InvalidRequest."""
    if len(raw) > MAX_BYTES:
        raise unreadable("the body is larger than 1 MiB")
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise unreadable("the body is not a form") from error


def unreadable(detail: str) -> InvalidRequest:
    """Return the refusal of an unreadable body; `detail` must be safe to show."""
    return InvalidRequest("invalid_json", detail=detail)


def body_too_large() -> InvalidRequest:
    """Return the refusal of a body of more than MAX_BYTES."""
    return unreadable("the body is larger than 1 MiB")


def _decode_leniently(raw: bytes) -> Any:
    text = raw.decode("utf-8", "replace").lstrip(" \t\r\n")
    if not text:
        raise unreadable("EOF")
    text = _ESCAPE.sub(lambda match: r"\ufffd" if match["lone"] else match[0], text)
    try:
        return _DECODER.raw_decode(text)[0]
    except json.JSONDecodeError as error:
        unterminated = error.msg.startswith("Unterminated string")
        if unterminated or _BEGUN.fullmatch(text, error.pos):
            raise unreadable("unexpected EOF") from error
        raise unreadable(f"invalid JSON at character {error.pos + 1}") from error
    except RecursionError as error:
        raise unreadable("the body is nested too deeply") from error
    except ValueError as error:
        raise unreadable("a number is out of range") from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


# `parse_constant` is only asked about NaN and the infinities, which JSON does not have.
_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_finite)
