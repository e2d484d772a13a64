"""Ceilings of keys on the wire."""

from typing import Any

from rest_framework import serializers

from coderauth.http.documents import Document
from coderauth.http.examples import CREATED_AT
from coderauth.http.times import format_time
from scopes.models import KeyCeiling

_NANOSECONDS = 10**9


class StoredCeilingDocument(Document):
    """What tokens may be of everybody with a role, or in an organization."""

    role = serializers.CharField(allow_blank=True, help_text="Empty for an organization's.")
    organization_id = serializers.UUIDField(allow_null=True, help_text="`null` for a role's.")
    max_lifetime = serializers.IntegerField(allow_null=True, help_text="Nanoseconds.")
    forbid_full_access = serializers.BooleanField()
    scopes = serializers.ListField(child=serializers.CharField(), allow_null=True)
    fixed_ends = serializers.BooleanField()
    max_keys = serializers.IntegerField(allow_null=True)
    updated_at = serializers.DateTimeField()

    example = {
        "role": "member",
        "organization_id": None,
        "max_lifetime": 2592000000000000,
        "forbid_full_access": True,
        "scopes": None,
        "fixed_ends": False,
        "max_keys": 20,
        "updated_at": CREATED_AT,
    }


def ceiling_document(row: KeyCeiling) -> dict[str, Any]:
    """Return a stored ceiling; a null sets none."""
    seconds = row.max_lifetime_seconds
    return {
        "role": row.role,
        "organization_id": None if row.organization_id is None else str(row.organization_id),
        "max_lifetime": None if seconds is None else seconds * _NANOSECONDS,
        "forbid_full_access": row.forbids_full_access,
        "scopes": row.scopes,
        "fixed_ends": row.fixed_ends,
        "max_keys": row.max_keys,
        "updated_at": format_time(row.updated_at),
    }
