"""Organizations and roles on the wire, for all rooms."""

from typing import Any

from rest_framework import serializers

from coderauth.http.documents import Document
from coderauth.http.examples import CREATED_AT, ORGANIZATION_ID
from coderauth.http.times import format_time
from scopes.engine.roles import display_name
from scopes.models import Organization


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
    """A role that a user holds."""

    name = serializers.CharField()
    display_name = serializers.CharField(allow_blank=True)
    organization_id = serializers.UUIDField(
        required=False, help_text="Left out for a role of the whole site."
    )


def organization_document(organization: Organization) -> dict[str, Any]:
    return {
        "id": str(organization.pk),
        "name": organization.name,
        "display_name": organization.display_name,
        "icon": organization.icon,
        "description": organization.description,
        "created_at": format_time(organization.created_at),
        "updated_at": format_time(organization.updated_at),
        "is_default": organization.is_default,
    }


def role_document(name: str, organization_id: str = "") -> dict[str, Any]:
    document = {"name": name, "display_name": display_name(name)}
    if organization_id:
        document["organization_id"] = organization_id
    return document
