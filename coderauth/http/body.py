"""JSON request bodies with the reading rules of Go's decoder (accounts.md 1.4, 1.5).

A `RequestBody` is a DRF serializer only so that the OpenAPI document comes from it; reading uses a
plan made once for each class, because DRF's own validation has other rules and costs far more.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coderauth.errors import InvalidRequest, Validation
from coderauth.http.decoding import MAX_BYTES, decode, unreadable
from coderauth.http.rules import Rule
from coderauth.http.uuids import parse_uuid, uuid_error

__all__ = [
    "MAX_BYTES",
    "Flag",
    "Integer",
    "Json",
    "Jsons",
    "OptionalFlag",
    "OptionalInteger",
    "OptionalText",
    "RequestBody",
    "Text",
    "Texts",
    "Uuid",
    "Uuids",
    "decode",
]

INT64 = range(-(2**63), 2**63)

_TYPE_NAMES = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


class BodyField(serializers.Field[Any, Any, Any, Any]):
    """How a field is read; mixed into the DRF field that describes it in the OpenAPI document."""

    rules: tuple[Rule, ...] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, **options})

    def zero(self) -> Any:
        """Return the value of a field that is absent or null."""
        raise NotImplementedError

    def read(self, value: Any, name: str) -> Any:
        """Return the value of decoded JSON that is not null; refuses any other type."""
        raise NotImplementedError


class Text(BodyField, serializers.CharField):
    """A string; only its first failing rule is reported."""

    def __init__(self, *, rules: tuple[Rule, ...] = (), **options: Any) -> None:
        required = any(rule.tag == "required" for rule in rules)
        super().__init__(**{"required": required, "allow_blank": not required, **options})
        self.rules = rules
        schema: dict[str, object] = {"type": "string"}
        for rule in rules:
            schema |= rule.schema
        set_override(self, "field", schema)

    def zero(self) -> str:
        return ""

    def read(self, value: Any, name: str) -> str:
        return _text(value, name)


class OptionalText(Text):
    """A string, or None where it is absent: for changes that leave absent fields alone."""

    def zero(self) -> None:  # type: ignore[override]
        return None


class Flag(BodyField, serializers.BooleanField):
    """True or false."""

    def zero(self) -> bool:
        return False

    def read(self, value: Any, name: str) -> bool:
        if isinstance(value, bool):
            return value
        raise _wrong_type(name, "a boolean", value)


class OptionalFlag(Flag):
    """True or false, or None where it is absent."""

    def zero(self) -> None:  # type: ignore[override]
        return None


@extend_schema_field({"type": "integer", "format": "int64"})
class Integer(BodyField, serializers.IntegerField):
    """A 64-bit integer, written without a fraction or an exponent."""

    def zero(self) -> int:
        return 0

    def read(self, value: Any, name: str) -> int:
        if type(value) is int and value in INT64:
            return value
        if type(value) in (int, float):
            raise unreadable(f'field "{name}" must be an integer of 64 bits')
        raise _wrong_type(name, "an integer", value)


class OptionalInteger(Integer):
    """A 64-bit integer, or None where it is absent."""

    def zero(self) -> None:  # type: ignore[override]
        return None


class Uuid(BodyField, serializers.UUIDField):
    """A UUID in one of the four forms; absent and all-zero are None."""

    def zero(self) -> None:
        return None

    def read(self, value: Any, name: str) -> UUID | None:
        found = _uuid(value, name)
        return found if found.int else None


class Texts(BodyField, serializers.ListField):
    """A list of strings; null in it is the empty string."""

    child = serializers.CharField(allow_blank=True)

    def zero(self) -> list[str]:
        return []

    def read(self, value: Any, name: str) -> list[str]:
        return ["" if item is None else _text(item, f"{name}[]") for item in _list(value, name)]


class OptionalTexts(Texts):
    """A list of strings, or None where it is absent."""

    def zero(self) -> None:  # type: ignore[override]
        return None


class Uuids(BodyField, serializers.ListField):
    """A list of UUIDs; null in it is the all-zero UUID, which no object has."""

    child = serializers.UUIDField()

    def zero(self) -> list[UUID]:
        return []

    def read(self, value: Any, name: str) -> list[UUID]:
        return [
            UUID(int=0) if item is None else _uuid(item, f"{name}[]") for item in _list(value, name)
        ]


class Json(BodyField, serializers.DictField):
    """An object as it was sent; read what is in it with `RequestBody.of`."""

    def zero(self) -> dict[str, Any]:
        return {}

    def read(self, value: Any, name: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise _wrong_type(name, "an object", value)
        _refuse_nul_within(value, name)
        return value


class Jsons(BodyField, serializers.ListField):
    """A list of objects as they were sent; null in it is the empty object."""

    child = serializers.DictField()

    def zero(self) -> list[dict[str, Any]]:
        return []

    def read(self, value: Any, name: str) -> list[dict[str, Any]]:
        objects = [{} if item is None else item for item in _list(value, name)]
        for item in objects:
            if type(item) is not dict:
                raise _wrong_type(f"{name}[]", "an object", item)
        _refuse_nul_within(objects, name)
        return objects


class RequestBody(serializers.Serializer[Any]):
    """Base of all request bodies; fields are declared with the classes above."""

    _plan: ClassVar[Mapping[str, BodyField]] = {}
    _names: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        declared: Mapping[str, object] = cls._declared_fields
        plan = {name: field for name, field in declared.items() if isinstance(field, BodyField)}
        if len(plan) != len(declared):
            raise TypeError(f"{cls.__name__} may only declare fields of {__name__}")
        cls._plan = plan
        cls._names = {name.lower(): name for name in plan}

    @classmethod
    def read(cls, raw: bytes) -> dict[str, Any]:
        """Return the declared fields of a request's body by name; raises InvalidRequest."""
        return cls.of(decode(raw))

    @classmethod
    def of(cls, value: Any, at: str = "") -> dict[str, Any]:
        """Read a decoded value; refusals put `at`, such as `checks.`, before field names."""
        if value is None:
            value = {}
        if type(value) is not dict:
            what = f'field "{at.rstrip(".")}"' if at else "the body"
            raise unreadable(f"{what} must be an object, not {_TYPE_NAMES[type(value)]}")
        plan = cls._plan
        body = {name: field.zero() for name, field in plan.items()}
        for key, item in value.items():
            name = key if key in plan else cls._names.get(key.lower())
            if name is not None and item is not None:
                body[name] = plan[name].read(item, at + name)
        cls._check_rules(body, at)
        return body

    @classmethod
    def _check_rules(cls, body: Mapping[str, Any], at: str) -> None:
        refused: list[Validation] = []
        for name, field in cls._plan.items():
            for rule in field.rules:
                if body[name] is not None and not rule.accepts(body[name]):
                    detail = f'Validation failed for tag "{rule.tag}" with value: "{body[name]}"'
                    refused.append(Validation(at + name, detail))
                    break
        if refused:
            raise InvalidRequest("validation_failed", validations=refused)


def _text(value: Any, name: str) -> str:
    if type(value) is not str:
        raise _wrong_type(name, "a string", value)
    if "\0" in value:
        raise _holds_nul(name)
    return value


def _uuid(value: Any, name: str) -> UUID:
    text = _text(value, name)
    found = parse_uuid(text)
    if found is None:
        raise unreadable(f'field "{name}" must be a UUID: {uuid_error(text)}')
    return found


def _list(value: Any, name: str) -> list[Any]:
    if type(value) is not list:
        raise _wrong_type(name, "an array", value)
    return value


def _refuse_nul_within(value: Any, name: str) -> None:
    pending = [value]
    while pending:
        item = pending.pop()
        if type(item) is dict:
            pending.extend(item)
            pending.extend(item.values())
        elif type(item) is list:
            pending.extend(item)
        elif type(item) is str and "\0" in item:
            raise _holds_nul(name)


def _wrong_type(name: str, wanted: str, value: Any) -> InvalidRequest:
    return unreadable(f'field "{name}" must be {wanted}, not {_TYPE_NAMES[type(value)]}')


def _holds_nul(name: str) -> InvalidRequest:
    # PostgreSQL cannot store it, and nobody needs it.
    return unreadable(f'field "{name}" must not contain a NUL character')
