"""The audit on the wire, and how the OpenAPI document describes it."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from audit.models import Entry
from audit.selectors import EntryPage
from coderauth.http.documents import Document
from coderauth.http.examples import CREATED_AT, PERSON_ID
from coderauth.http.times import format_time
from coderauth.http.uuids import parse_uuid

NOTHING = str(UUID(int=0))
VERBS = {
    "create": "created",
    "write": "updated",
    "delete": "deleted",
    "login": "signed in with",
    "logout": "signed out of",
    "register": "registered",
    "request_password_reset": "asked for a password reset of",
}


class ActorDocument(Document):
    """Who did it."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    name = serializers.CharField(required=False)
    avatar_url = serializers.CharField(required=False)


class EntryOrganizationDocument(Document):
    """Where it happened."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    display_name = serializers.CharField()
    icon = serializers.CharField(allow_blank=True)


class EntryDocument(Document):
    """One act, or one refused attempt."""

    id = serializers.UUIDField()
    request_id = serializers.UUIDField(help_text="The nil UUID for an act of a command.")
    time = serializers.DateTimeField()
    organization_id = serializers.UUIDField(help_text="The nil UUID where there is none.")
    organization = EntryOrganizationDocument(required=False)
    ip = serializers.CharField(allow_blank=True)
    user_agent = serializers.CharField(allow_blank=True)
    resource_type = serializers.CharField()
    resource_id = serializers.UUIDField(help_text="The nil UUID for what has no such id.")
    resource_target = serializers.CharField(allow_blank=True)
    resource_icon = serializers.CharField(allow_blank=True)
    resource_link = serializers.CharField(allow_blank=True)
    is_deleted = serializers.BooleanField(help_text="Whether what it was about is gone.")
    action = serializers.CharField()
    diff = serializers.DictField(
        help_text="By field: `old`, `new` and `secret`; both values of a secret one are empty."
    )
    status_code = serializers.IntegerField()
    additional_fields = serializers.DictField()
    description = serializers.CharField(help_text="`{user}` and `{target}` stand for themselves.")
    user = ActorDocument(allow_null=True, help_text="Null if it is not known.")

    example = {
        "id": "5f0c6a52-7a35-4f7e-9d63-6a0f6d3b1c11",
        "request_id": "0d2b7f35-0d0e-4a52-8a3f-b16e0a7f1f2c",
        "time": CREATED_AT,
        "ip": "203.0.113.7",
        "user_agent": "curl/8.5.0",
        "resource_type": "user",
        "resource_id": PERSON_ID,
        "resource_target": "ada",
        "resource_icon": "",
        "resource_link": "",
        "is_deleted": False,
        "organization_id": NOTHING,
        "action": "write",
        "diff": {"status": {"old": "active", "new": "suspended", "secret": False}},
        "status_code": 200,
        "additional_fields": {},
        "description": "{user} updated user {target}",
        "user": {"id": PERSON_ID, "username": "grace"},
    }


class AuditPageDocument(Document):
    """A page of the audit; `count` is how many entries match."""

    audit_logs = EntryDocument(many=True)
    count = serializers.IntegerField()

    example = {"audit_logs": [EntryDocument.example], "count": 1}


def entry_document(entry: Entry, page: EntryPage) -> dict[str, Any]:
    """Return an entry; Coder's clients refuse a whole page for one id that is no UUID."""
    actor, organization = page.actor(entry), page.organization(entry)
    document = {
        "id": str(entry.pk),
        "request_id": _uuid(entry.request_id),
        "time": format_time(entry.at),
        "ip": entry.ip_address or "",
        "user_agent": entry.user_agent,
        "resource_type": entry.resource_type,
        "resource_id": _uuid(entry.resource_id),
        "resource_target": entry.resource_target,
        "resource_icon": "",
        "resource_link": "",
        "is_deleted": page.is_deleted(entry),
        "action": entry.action,
        "diff": entry.diff,
        "status_code": entry.status_code,
        "additional_fields": entry.additional_fields,
        "description": _description(entry),
        "user": None if actor is None else _actor_document(actor),
        "organization_id": _uuid(str(entry.organization_id or "")),
    }
    if organization is not None:
        document["organization"] = {
            "id": str(organization.pk),
            "name": organization.name,
            "display_name": organization.display_name,
            "icon": organization.icon,
        }
    return document


def _uuid(text: str) -> str:
    """Return an id as a UUID: the nil one for none, and for what is known by a name."""
    found = parse_uuid(text)
    return NOTHING if found is None else str(found)


def _description(entry: Entry) -> str:
    noun = entry.resource_type.replace("_", " ")
    if entry.status_code < 400:
        return f"{{user}} {VERBS.get(entry.action, entry.action)} {noun} {{target}}"
    return f"{{user}} unsuccessfully attempted to {entry.action} {noun} {{target}}"


def _actor_document(actor: Any) -> dict[str, Any]:
    document = {"id": str(actor.pk), "username": actor.username}
    if actor.name:
        document["name"] = actor.name
    if actor.avatar_url:
        document["avatar_url"] = actor.avatar_url
    return document
