"""Whole entries as JSON, for those who keep a copy of the audit."""

from typing import Any

from audit.models import Entry
from coderauth.http.times import format_time


def document(entry: Entry) -> dict[str, Any]:
    """Return a whole entry, with everything that its hash covers."""
    return {
        "sequence": entry.sequence,
        "id": str(entry.pk),
        "at": format_time(entry.at),
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "key_id": entry.key_id,
        "organization_id": str(entry.organization_id) if entry.organization_id else None,
        "ip_address": entry.ip_address,
        "user_agent": entry.user_agent,
        "request_id": entry.request_id,
        "action": entry.action,
        "resource_type": entry.resource_type,
        "resource_id": entry.resource_id,
        "resource_target": entry.resource_target,
        "diff": entry.diff,
        "status_code": entry.status_code,
        "additional_fields": entry.additional_fields,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }
