"""Registered objects on the wire."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

from coderauth.http.documents import Document, plain_schema
from coderauth.http.examples import CREATED_AT, ORGANIZATION_ID, PERSON_ID
from coderauth.http.times import format_time
from scopes.api.shapes.objects import ObjectPut, ObjectReference, ObjectsChange
from scopes.models import RegisteredObject

OBJECT_ID = "8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10"


def _acl() -> serializers.DictField:
    return serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class ObjectDocument(Document):
    """An object of another service, as `authcheck` knows it."""

    type = serializers.CharField()
    id = serializers.UUIDField()
    owner_id = serializers.CharField(allow_blank=True, help_text="Empty where nobody owns it.")
    organization_id = serializers.CharField(
        allow_blank=True, help_text="Empty where it is in no organization."
    )
    acl_user_list = _acl()
    acl_group_list = _acl()
    created_at = serializers.DateTimeField(help_text="When it was registered.")
    updated_at = serializers.DateTimeField()

    example = {
        "type": "workspace",
        "id": OBJECT_ID,
        "owner_id": PERSON_ID,
        "organization_id": ORGANIZATION_ID,
        "acl_user_list": {},
        "acl_group_list": {ORGANIZATION_ID: ["read"]},
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
    }


class ObjectPageDocument(Document):
    """Some objects of a type, by id."""

    objects = ObjectDocument(many=True)
    next_after_id = serializers.CharField(
        allow_blank=True,
        help_text="Ask again with this as `after_id`; empty at the end. A page before the end may "
        "be short, even empty.",
    )

    example = {"objects": [ObjectDocument.example], "next_after_id": ""}


class ObjectCountsDocument(Document):
    """What happened to many objects."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    deleted = serializers.IntegerField()

    example = {"created": 1, "updated": 0, "deleted": 1}


class ObjectsChangeSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describe the lists, which the shape reads by hand."""

    target_class = ObjectsChange

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        schema = plain_schema(auto_schema, ObjectsChange(), direction)
        for name, shape in (("put", ObjectPut()), ("delete", ObjectReference())):
            schema["properties"][name]["items"] = auto_schema.resolve_serializer(
                shape, direction
            ).ref
        return schema


def object_document(row: RegisteredObject) -> dict[str, Any]:
    return {
        "type": row.type,
        "id": str(row.object_id),
        "owner_id": str(row.owner_id or ""),
        "organization_id": str(row.organization_id or ""),
        "acl_user_list": row.acl_users,
        "acl_group_list": row.acl_groups,
        "created_at": format_time(row.created_at),
        "updated_at": format_time(row.updated_at),
    }
