"""What responses look like, as the OpenAPI document says; nothing is serialized with these.

Responses are made by plain functions beside them (`…/api/documents/`), ten times as fast as DRF's
serializers. Tests hold both to each other."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.drainage import set_override
from rest_framework import serializers


class Document(serializers.Serializer[Any]):
    """Base of all response bodies; the examples are shown in the OpenAPI document."""

    example: Any = None


class Choice(serializers.CharField):
    """One of a few texts, or null if that is among them."""

    def __init__(self, values: Iterable[str | None], **options: Any) -> None:
        super().__init__(**options)
        allowed = list(values)
        kind: Any = ["string", "null"] if None in allowed else "string"
        set_override(self, "field", {"type": kind, "enum": allowed})


class ValidationDocument(Document):
    """One refused field of a request."""

    field = serializers.CharField()
    detail = serializers.CharField()


class ErrorDocument(Document):
    """The one shape of all refusals; empty parts are left out."""

    message = serializers.CharField(help_text="A sentence for people.")
    detail = serializers.CharField(required=False, help_text="More of it, for engineers.")
    validations = ValidationDocument(many=True, required=False)


class MessageDocument(Document):
    """A plain sentence."""

    message = serializers.CharField()


def message(text: str) -> MessageDocument:
    """Return the response body that says this."""
    document = MessageDocument()
    document.example = {"message": text}
    return document


def plain_schema(auto_schema: Any, shape: Any, direction: Any) -> dict[str, Any]:
    schema: dict[str, Any] = auto_schema._map_serializer(shape, direction, bypass_extensions=True)  # noqa: SLF001 (what an extension is meant to call)
    return schema
