"""The audit on the wire, and how the OpenAPI document describes it."""

from typing import Any

from rest_framework import serializers

from audit.models import Entry
from coderauth.http.documents import Document
from coderauth.http.examples import CREATED_AT, USER_ID
from coderauth.http.times import format_time

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


class EntryDocument(Document):
    """One act, or one refused attempt."""

    id = serializers.UUIDField()
    request_id = serializers.CharField(allow_blank=True)
    time = serializers.DateTimeField()
    organization_id = serializers.UUIDField(required=False)
    ip = serializers.CharField(allow_blank=True)
    user_agent = serializers.CharField(allow_blank=True)
    resource_type = serializers.CharField()
    resource_id = serializers.CharField(allow_blank=True)
    resource_target = serializers.CharField(allow_blank=True)
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
        "resource_id": USER_ID,
        "resource_target": "ada",
        "action": "write",
        "diff": {"status": {"old": "active", "new": "suspended", "secret": False}},
        "status_code": 200,
        "additional_fields": {},
        "description": "{user} updated user {target}",
        "user": {"id": USER_ID, "username": "grace"},
    }


class AuditPageDocument(Document):
    """A page of the audit; `count` is how many entries match."""

    audit_logs = EntryDocument(many=True)
    count = serializers.IntegerField()

    example = {"audit_logs": [EntryDocument.example], "count": 1}


def entry_document(entry: Entry, actor: Any) -> dict[str, Any]:
    document = {
        "id": str(entry.pk),
        "request_id": entry.request_id,
        "time": format_time(entry.at),
        "ip": entry.ip_address or "",
        "user_agent": entry.user_agent,
        "resource_type": entry.resource_type,
        "resource_id": entry.resource_id,
        "resource_target": entry.resource_target,
        "action": entry.action,
        "diff": entry.diff,
        "status_code": entry.status_code,
        "additional_fields": entry.additional_fields,
        "description": _description(entry),
        "user": None if actor is None else _actor_document(actor),
    }
    if entry.organization_id:
        document["organization_id"] = str(entry.organization_id)
    return document


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
