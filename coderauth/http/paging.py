"""`limit` and `offset` of paged lists, read as Go does (accounts.md 1.16)."""

import re
from dataclasses import dataclass

from django.http import QueryDict

from coderauth.errors import InvalidRequest, Validation

INT32_MAX = 2**31 - 1
_NUMBER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list are asked for; a limit of 0 is none."""

    limit: int
    offset: int


def read_page(query: QueryDict) -> Page:
    """Return the page that a query string asks for; raises InvalidRequest naming all bad keys."""
    refused: list[Validation] = []
    limit, offset = (_read(query, name, refused) for name in ("limit", "offset"))
    if refused:
        raise InvalidRequest("invalid_query", validations=refused)
    return Page(limit, offset)


def _read(query: QueryDict, name: str, refused: list[Validation]) -> int:
    given = query.getlist(name)
    if len(given) > 1:
        refused.append(
            Validation(
                name,
                f'Query param "{name}" provided more than once, found {len(given)} times. '
                "Only provide 1 instance of this query param.",
            )
        )
        return 0
    text = given[0] if given else ""
    reason = _wrong(text) if text else ""
    if reason:
        sentence = f'Query param "{name}" must be a valid 32-bit positive integer: {reason}'
        refused.append(Validation(name, sentence))
    return int(text) if text and not reason else 0


def _wrong(text: str) -> str:
    # Twelve characters hold every number of 32 bits; longer ones are not even converted.
    if _NUMBER.fullmatch(text) is None:
        return f'strconv.ParseInt: parsing "{text}": invalid syntax'
    if len(text) > 12 or not -INT32_MAX <= int(text) <= INT32_MAX:
        return f'strconv.ParseInt: parsing "{text}": value out of range'
    return "value is negative" if int(text) < 0 else ""
