"""What responses of this room look like, as the OpenAPI document says."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

from coderauth.http.documents import NEVER, Choice, Document
from scopes.api.shapes import CustomRoleWrite, RolePermission
from scopes.models import LoginType

KEY_ID = "Ab3dEf6hIj"
SECRET = f"{KEY_ID}-0123456789abcdefABCDEF"
USER_ID = "3c0d6f5e-8a0c-4c1e-9b1f-0d8f6f1b2a77"
ORGANIZATION_ID = "b1f3c2d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d"
CREATED_AT = "2026-01-05T09:30:00.123456Z"


class SecretDocument(Document):
    """A new key, `<id>-<secret>`. It is shown this once."""

    key = serializers.CharField()

    example = {"key": SECRET}


class KeyDocument(Document):
    """A key without its secret."""

    id = serializers.CharField(help_text="The part of the key before the hyphen.")
    user_id = serializers.UUIDField()
    last_used = serializers.DateTimeField(help_text=f"`{NEVER}` when it never was.")
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    login_type = Choice(LoginType.values)
    scope = Choice(
        ["all", "application_connect", ""],
        help_text="Older form of `scopes`; empty for a narrowed key.",
    )
    scopes = serializers.ListField(child=serializers.CharField())
    token_name = serializers.CharField(allow_blank=True)
    lifetime_seconds = serializers.IntegerField()
    allow_list = serializers.ListField(
        child=serializers.CharField(), help_text="`type:id`; `*:*` is everything."
    )

    example = {
        "id": KEY_ID,
        "user_id": USER_ID,
        "last_used": NEVER,
        "expires_at": "2026-01-12T09:30:00.123456Z",
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
        "login_type": "token",
        "scope": "",
        "scopes": ["workspace:read"],
        "token_name": "ci",
        "lifetime_seconds": 604800,
        "allow_list": ["*:*"],
    }


class ListedKeyDocument(KeyDocument):
    """A key in a list."""

    username = serializers.CharField(
        allow_blank=True, help_text="Empty where the caller may not read every listed user."
    )

    example = {**KeyDocument.example, "username": "ada"}


class TokenConfigDocument(Document):
    """What a new token of a user may be."""

    max_token_lifetime = serializers.IntegerField(help_text="Nanoseconds.")

    example = {"max_token_lifetime": 3155760000000000000}


class OrganizationDocument(Document):
    """A closed circle of people and what they share."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    display_name = serializers.CharField(allow_blank=True)
    icon = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    is_default = serializers.BooleanField()

    example = {
        "id": ORGANIZATION_ID,
        "name": "coder",
        "display_name": "Coder",
        "icon": "",
        "description": "Builtin default organization.",
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
        "is_default": True,
    }


class RoleDocument(Document):
    """A role that somebody holds."""

    name = serializers.CharField()
    display_name = serializers.CharField(allow_blank=True)
    organization_id = serializers.UUIDField(
        required=False, help_text="Left out for a role of the whole site."
    )


class PermissionDocument(Document):
    """An action on a type of resources that a role grants, or with `negate` forbids."""

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
    assignable = serializers.BooleanField(help_text="Whether you may give and take it.")
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


class MemberDocument(Document):
    """Somebody in an organization."""

    user_id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    roles = RoleDocument(many=True)
    username = serializers.CharField()
    name = serializers.CharField(required=False)
    avatar_url = serializers.CharField(required=False)
    email = serializers.EmailField()
    global_roles = RoleDocument(many=True)

    example = {
        "user_id": USER_ID,
        "organization_id": ORGANIZATION_ID,
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
        "roles": [
            {
                "name": "organization-admin",
                "display_name": "Organization Admin",
                "organization_id": ORGANIZATION_ID,
            }
        ],
        "username": "ada",
        "name": "Ada Lovelace",
        "email": "ada@example.org",
        "global_roles": [],
    }


class MembershipDocument(Document):
    """That somebody is in an organization, with which roles."""

    user_id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    roles = RoleDocument(many=True)

    example = {
        name: MemberDocument.example[name]
        for name in ("user_id", "organization_id", "created_at", "updated_at", "roles")
    }


class MemberPageDocument(Document):
    """Some members of an organization."""

    members = MemberDocument(many=True)
    count = serializers.IntegerField(help_text="How many there are in all.")

    example = {"members": [MemberDocument.example], "count": 1}


class GroupPersonDocument(Document):
    """Somebody in a group."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField(required=False)
    avatar_url = serializers.CharField(required=False)
    email = serializers.EmailField()
    status = serializers.CharField()
    login_type = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text=f"`{NEVER}` when they never were.")


class GroupDocument(Document):
    """People of an organization whom access lists can name together."""

    id = serializers.UUIDField(help_text="The organization's id for `Everyone`.")
    name = serializers.CharField()
    display_name = serializers.CharField(allow_blank=True)
    organization_id = serializers.UUIDField()
    organization_name = serializers.CharField()
    organization_display_name = serializers.CharField(allow_blank=True)
    members = GroupPersonDocument(many=True, help_text="Those whom the caller may see.")
    total_member_count = serializers.IntegerField()
    avatar_url = serializers.CharField(allow_blank=True, help_text="Always empty.")
    quota_allowance = serializers.IntegerField(help_text="Always 0.")
    source = Choice(["user"])  # type: ignore[assignment]  # DRF's fields have one, too.

    example = {
        "id": "0f6b1e9c-7a55-4a0e-8d35-3f7f0b7d1c22",
        "name": "reviewers",
        "display_name": "Reviewers",
        "organization_id": ORGANIZATION_ID,
        "organization_name": "coder",
        "organization_display_name": "Coder",
        "members": [
            {
                "id": USER_ID,
                "username": "ada",
                "name": "Ada Lovelace",
                "email": "ada@example.org",
                "status": "active",
                "login_type": "password",
                "created_at": CREATED_AT,
                "updated_at": CREATED_AT,
                "last_seen_at": CREATED_AT,
            }
        ],
        "total_member_count": 1,
        "avatar_url": "",
        "quota_allowance": 0,
        "source": "user",
    }


class ScopeCatalogueDocument(Document):
    """What a key can be narrowed to."""

    external = serializers.ListField(child=serializers.CharField())

    example = {"external": ["all", "coder:workspaces.operate", "workspace:read"]}


class CustomRoleWriteSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Say what a permission is, which the shape reads by hand."""

    target_class = CustomRoleWrite

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        item = auto_schema.resolve_serializer(RolePermission(), direction).ref
        schema = plain_schema(auto_schema, CustomRoleWrite(), direction)
        for name, field in schema["properties"].items():
            if name.endswith("_permissions"):
                field["items"] = item
        return schema


def plain_schema(auto_schema: Any, shape: Any, direction: Any) -> dict[str, Any]:
    schema: dict[str, Any] = auto_schema._map_serializer(shape, direction, bypass_extensions=True)  # noqa: SLF001 (what an extension is meant to call)
    return schema
