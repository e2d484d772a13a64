"""Query parameters: single values, numbers, ids, and the page of a list."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from uuid import UUID

from coderauth.errors import InvalidRequest, Validation
from coderauth.http.uuids import parse_uuid

Value = TypeVar("Value")
Reader = Callable[[str], Value]

# How Go reads a boolean.
TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_INTEGER = re.compile(r"[+-]?[0-9]+")
_NIL = UUID(int=0)

PAGE_PARAMETERS: Mapping[str, tuple[type, str]] = {
    "limit": (int, "At most this many; absent or 0: no limit."),
    "offset": (int, "Skip this many first."),
}
AFTER_ID: Mapping[str, tuple[type, str]] = {
    "after_id": (UUID, "Begin after the item with this id."),
}


class Values(Protocol):
    """The values of each key, such as Django's QueryDict."""

    def getlist(self, key: str) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted; a limit of 0 means no limit."""

    limit: int = 0
    offset: int = 0
    after_id: UUID | None = None

    @property
    def rows(self) -> slice:
        return slice(self.offset, self.offset + self.limit if self.limit else None)


@dataclass(slots=True)
class QueryReader:
    """Read values by key and collect what is wrong, so that the refusal names all of it."""

    values: Values
    wrong: list[Validation] = field(default_factory=list)

    def single(self, key: str, read: Reader[Value], default: Value) -> Value:
        """Return the one value of a key as `read` takes it; absent and empty are the default.

        `read` raises ValueError with what the key must be.
        """
        given = self.values.getlist(key)
        if len(given) > 1:
            self.wrong.append(
                Validation(
                    key,
                    f'Query param "{key}" provided more than once, found {len(given)} times. '
                    "Only provide 1 instance of this query param.",
                )
            )
            return default
        if not given or not given[0]:
            return default
        try:
            return read(given[0])
        except ValueError as error:
            self.wrong.append(Validation(key, f'Query param "{key}" must be {error}'))
            return default


def read_page(values: Values) -> Page:
    """Return the page that was asked for; raises InvalidRequest with everything that is wrong."""
    reader = QueryReader(values)
    page = Page(
        limit=reader.single("limit", count, 0),
        offset=reader.single("offset", count, 0),
        after_id=reader.single("after_id", uuid_or_none, None),
    )
    if reader.wrong:
        raise InvalidRequest("invalid_query", validations=reader.wrong)
    return page


def integer(text: str, *, bits: int) -> int:
    """Return a signed decimal number; raises ValueError in the words of Go."""
    # A length that no number of 64 bits has: Python refuses to convert thousands of digits.
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"strconv.ParseInt: parsing {quoted(text)}: invalid syntax")
    digits = text.lstrip("+-").lstrip("0")
    number = int(text) if len(digits) < 20 else 2**bits
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError(f"strconv.ParseInt: parsing {quoted(text)}: value out of range")
    return number


def long_integer(text: str) -> int:
    """Return a number of 64 bits; raises ValueError with what it must be."""
    try:
        return integer(text, bits=64)
    except ValueError as error:
        raise ValueError(f"a valid 64-bit integer: {error}") from error


def flag(text: str) -> bool:
    """Read true or false as Go does; raises ValueError with what it must be."""
    if text in TRUE | FALSE:
        return text in TRUE
    raise ValueError("a valid boolean: true or false")


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def count(text: str) -> int:
    """Read a number of rows; raises ValueError with what it must be."""
    try:
        number = integer(text, bits=32)
        if number < 0:
            raise ValueError("value is negative")
    except ValueError as error:
        raise ValueError(f"a valid 32-bit positive integer: {error}") from error
    return number


def uuid_or_none(text: str) -> UUID | None:
    """Read an id; the nil UUID counts as none. Raises ValueError with what it must be."""
    found = parse_uuid(text)
    if found is None:
        raise ValueError("a valid uuid")
    return None if found == _NIL else found
