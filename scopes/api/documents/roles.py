"""Roles on the wire, with what they grant."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

from coderauth.http.documents import Document, plain_schema
from scopes.api.shapes.roles import CustomRoleWrite, RolePermission
from scopes.engine.roles import Permission, Role


class PermissionDocument(Document):
    """An action on a resource type that a role grants or, with `negate`, forbids."""

    negate = serializers.BooleanField()
    resource_type = serializers.CharField(help_text="`*` is every type.")
    action = serializers.CharField(help_text="`*` is every action.")


class ListedRoleDocument(Document):
    """A role with what it grants."""

    name = serializers.CharField()
    display_name = serializers.CharField(allow_blank=True)
    organization_id = serializers.UUIDField(
        required=False, help_text="Left out for a role of the whole site."
    )
    site_permissions = PermissionDocument(many=True)
    organization_permissions = PermissionDocument(many=True)
    user_permissions = PermissionDocument(many=True, help_text="On what the holder owns.")
    organization_member_permissions = PermissionDocument(many=True, help_text="Always empty.")
    assignable = serializers.BooleanField(help_text="Whether you may give it and take it away.")
    built_in = serializers.BooleanField()

    example = {
        "name": "user-admin",
        "display_name": "User Admin",
        "site_permissions": [{"negate": False, "resource_type": "user", "action": "read"}],
        "organization_permissions": [],
        "user_permissions": [],
        "organization_member_permissions": [],
        "assignable": True,
        "built_in": True,
    }


class CustomRoleWriteSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Describe a permission, which the shape reads by hand."""

    target_class = CustomRoleWrite

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        item = auto_schema.resolve_serializer(RolePermission(), direction).ref
        schema = plain_schema(auto_schema, CustomRoleWrite(), direction)
        for name, field in schema["properties"].items():
            if name.endswith("_permissions"):
                field["items"] = item
        return schema


def permission_document(permission: Permission) -> dict[str, Any]:
    return {
        "negate": permission.negate,
        "resource_type": permission.resource,
        "action": permission.action,
    }


def listed_role_document(role: Role, *, assignable: bool) -> dict[str, Any]:
    """Return a built-in role with what it grants."""
    return {
        "name": role.name,
        "display_name": role.display_name,
        "site_permissions": [permission_document(one) for one in role.site],
        "organization_permissions": [permission_document(one) for one in role.organization],
        "user_permissions": [permission_document(one) for one in role.user],
        "organization_member_permissions": [],
        "assignable": assignable,
        "built_in": True,
    }


def organization_role_document(
    role: Role, organization_id: str, *, assignable: bool, built_in: bool
) -> dict[str, Any]:
    """Return a role of an organization, built-in or its own, with what it grants there."""
    return {
        **listed_role_document(role, assignable=assignable),
        "organization_id": organization_id,
        "built_in": built_in,
    }
