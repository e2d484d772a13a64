"""Answers of `/authcheck` on the wire, and the description of its questions."""

from typing import Any, get_args

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

from coderauth.http.documents import Choice, Document, plain_schema
from scopes.api.shapes.authcheck import AuthCheckItem, AuthCheckObject, AuthCheckRequest
from scopes.engine.decision import Level, Missing


class ExplanationDocument(Document):
    """Why a check was answered as it was."""

    allowed = serializers.BooleanField()
    level = Choice([*get_args(Level), None])
    permission = serializers.CharField(
        allow_null=True,
        help_text="The `resource:action` that decided, as it is in the role or the ACL.",
    )
    negated = serializers.BooleanField(help_text="Whether that permission forbids.")
    role = serializers.CharField(allow_null=True, help_text="Null if an ACL decided.")
    organization = serializers.CharField(
        allow_null=True, help_text="Set when the role is bound to one."
    )
    scope = serializers.CharField(
        allow_null=True, help_text="The first scope of the key that permits it."
    )
    missing = serializers.ListField(
        child=Choice([*get_args(Missing), "object"]),
        help_text="What would have to change, the easiest first.",
    )
    hint = serializers.CharField(help_text="What to do next.")

    example = {
        "allowed": False,
        "level": "site",
        "permission": "workspace:stop",
        "negated": False,
        "role": "owner",
        "organization": None,
        "scope": None,
        "missing": ["scope"],
        "hint": "Ask for a key with the scope workspace:stop.",
    }


class AuthCheckDocument(Document):
    """Yes or no to each check, by its name."""

    example = {"read": True, "stop": False}


class AuthCheckDocumentSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Nothing but booleans: in a generated client, any other value would count as true."""

    target_class = AuthCheckDocument

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "description": AuthCheckDocument.__doc__,
            "additionalProperties": {"type": "boolean"},
        }


class ExplainedDocument(Document):
    """Why each check was answered as it was, by its name."""

    example = {"stop": ExplanationDocument.example}


class ExplainedDocumentSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """An explanation for each name."""

    target_class = ExplainedDocument

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        why = auto_schema.resolve_serializer(ExplanationDocument(), direction).ref
        return {
            "type": "object",
            "description": ExplainedDocument.__doc__,
            "additionalProperties": why,
        }


class AuthCheckRequestSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describe `checks`, which the shape reads by hand."""

    target_class = AuthCheckRequest

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        item = auto_schema.resolve_serializer(AuthCheckItem(), direction).ref
        schema = plain_schema(auto_schema, AuthCheckRequest(), direction)
        schema["properties"]["checks"]["additionalProperties"] = item
        return schema


class AuthCheckItemSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describe `object`, which the shape reads by hand."""

    target_class = AuthCheckItem

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = plain_schema(auto_schema, AuthCheckItem(), direction)
        schema["properties"]["object"] = auto_schema.resolve_serializer(
            AuthCheckObject(), direction
        ).ref
        return schema
