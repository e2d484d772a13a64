"""Groups on the wire."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from coderauth.http.documents import Choice, Document
from coderauth.http.examples import CREATED_AT, ORGANIZATION_ID, PERSON_ID
from coderauth.http.times import NEVER, format_time
from scopes.models import Group


class GroupPersonDocument(Document):
    """A member of a group."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField(required=False)
    avatar_url = serializers.CharField(required=False)
    email = serializers.CharField(allow_blank=True, help_text="Empty for service accounts.")
    status = serializers.CharField()
    login_type = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(help_text=f"`{NEVER}` when they were never seen.")


class GroupDocument(Document):
    """Members of an organization whom access lists can name together."""

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
                "id": PERSON_ID,
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


def group_document(group: Group, people: Iterable[Any], *, count: int) -> dict[str, Any]:
    """Return a group with the members that are shown, and how many it has in all."""
    organization = group.organization
    return {
        "id": str(group.pk),
        "name": group.name,
        "display_name": group.display_name,
        "organization_id": str(organization.pk),
        "organization_name": organization.name,
        "organization_display_name": organization.display_name,
        "members": [_group_person(user) for user in people],
        "total_member_count": count,
        "avatar_url": "",
        "quota_allowance": 0,
        "source": "user",
    }


def _group_person(user: Any) -> dict[str, Any]:
    document = {
        "id": str(user.pk),
        "username": user.username,
        "email": user.email,
        "status": user.status,
        "login_type": user.login_type,
        "created_at": format_time(user.created_at),
        "updated_at": format_time(user.updated_at),
        "last_seen_at": format_time(user.last_seen_at),
    }
    if user.name:
        document["name"] = user.name
    if user.avatar_url:
        document["avatar_url"] = user.avatar_url
    return document
