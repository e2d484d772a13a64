"""Read JSON documents into the dataclasses of `models`.

The type of a field says how it is read. Other fields of a document are ignored, so an older client
understands a newer server.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, field, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

from coderauth_sdk.errors import UnexpectedAnswer

T = TypeVar("T")
# How the server writes a missing time or id.
NEVER, NOBODY = "0001-01-01T00:00:00Z", ""


def named(name: str, *, secret: bool = False) -> Any:
    """Declare a field with another name in JSON; secret ones are not in the `repr`."""
    return field(repr=not secret, metadata={"json": name})


def parse(kind: type[T], document: Any) -> T:
    """Return a document as a dataclass; raises UnexpectedAnswer if it is something else."""
    found: T = _read(kind, document, kind.__name__)
    return found


def parse_all(kind: type[T], document: Any) -> tuple[T, ...]:
    """Return a list of documents as dataclasses."""
    return tuple(parse(kind, row) for row in _expect(list, document, "The whole"))


def parse_named(kind: type[T], document: Any, names: Iterable[str]) -> dict[str, T]:
    """Return the values of a document under these names."""
    answers = _expect(dict, document, "The whole")
    missing = [name for name in names if name not in answers]
    if missing:
        raise UnexpectedAnswer(f"The answer leaves out {missing[0]!r}.")
    return {name: _read(kind, answers[name], name) for name in names}


def _read(kind: Any, value: Any, at: str) -> Any:
    if kind is Any:
        return value
    if isinstance(kind, UnionType):  # Always `… | None`.
        return None if value in (None, NEVER, NOBODY) else _read(get_args(kind)[0], value, at)
    if is_dataclass(kind):
        return _read_fields(kind, _expect(dict, value, at), at)
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        items = enumerate(_expect(list, value, at))
        return tuple(_read(inner, item, f"{at}[{number}]") for number, item in items)
    if get_origin(kind) is Mapping:
        of_key, inner = get_args(kind)
        return {
            _read(of_key, key, at): _read(inner, item, f"{at}.{key}")
            for key, item in _expect(dict, value, at).items()
        }
    if kind in (UUID, datetime):
        return _convert(kind, _expect(str, value, at), at)
    return _expect(kind, value, at)


def _expect(kind: type[T], value: Any, at: str) -> T:
    if type(value) is not kind:
        raise UnexpectedAnswer(
            f"{at} of the answer is a {type(value).__name__}, not a {kind.__name__}. "
            "Is it coderauth that answers there, and is this package new enough for it?"
        )
    return value


def _convert(kind: Any, text: str, at: str) -> Any:
    try:
        return UUID(text) if kind is UUID else datetime.fromisoformat(text)
    except ValueError as error:
        raise UnexpectedAnswer(f"{at} of the answer is not a {kind.__name__}.") from error


def _read_fields(kind: Any, document: Mapping[str, Any], at: str) -> Any:
    values: dict[str, Any] = {}
    for one, wanted in _shape(kind):
        name = one.metadata.get("json", one.name)
        if name in document:
            values[one.name] = _read(wanted, document[name], f"{at}.{name}")
        elif one.default is MISSING:
            raise UnexpectedAnswer(
                f"The answer has no {at}.{name}. Is it coderauth that answers there?"
            )
    return kind(**values)


@cache
def _shape(kind: Any) -> list[tuple[Field[Any], Any]]:
    types = get_type_hints(kind)
    return [(one, types[one.name]) for one in fields(kind)]
