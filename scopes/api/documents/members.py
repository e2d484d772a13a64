"""Members of organizations on the wire."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from coderauth.http.documents import Document
from coderauth.http.examples import CREATED_AT, ORGANIZATION_ID, PERSON_ID
from coderauth.http.times import format_time
from scopes.http.documents import RoleDocument, role_document
from scopes.models import Membership


class MemberDocument(Document):
    """A member of an organization."""

    user_id = serializers.UUIDField()
    organization_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    roles = RoleDocument(many=True)
    username = serializers.CharField()
    name = serializers.CharField(required=False)
    avatar_url = serializers.CharField(required=False)
    email = serializers.CharField(allow_blank=True, help_text="Empty for service accounts.")
    global_roles = RoleDocument(many=True)

    example = {
        "user_id": PERSON_ID,
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
    """A membership, with its roles."""

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


def membership_document(
    membership: Membership, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a membership; `names` holds the display names of the organization's own roles."""
    organization_id = str(membership.organization_id)
    return {
        "user_id": str(membership.user_id),
        "organization_id": organization_id,
        "created_at": format_time(membership.created_at),
        "updated_at": format_time(membership.updated_at),
        "roles": [
            role_document(name, organization_id) | _custom_name(name, names)
            for name in membership.roles
        ],
    }


def _custom_name(name: str, names: Mapping[str, str] | None) -> dict[str, str]:
    return {"display_name": names[name]} if names and name in names else {}


def member_document(
    membership: Membership, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a member, with what a list shows about the person."""
    user: Any = membership.user
    document = {
        **membership_document(membership, names),
        "username": user.username,
        "email": user.email,
        "global_roles": [role_document(name) for name in user.site_roles],
    }
    if user.name:
        document["name"] = user.name
    if user.avatar_url:
        document["avatar_url"] = user.avatar_url
    return document
