"""The audit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted."""

    id: UUID
    username: str
    name: str = ""
    avatar_url: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act or refused attempt; `diff` marks secrets but never holds them."""

    id: UUID
    request_id: str
    time: datetime
    ip: str
    user_agent: str
    resource_type: str
    resource_id: str
    resource_target: str
    action: str
    diff: Mapping[str, Any]
    status_code: int
    additional_fields: Mapping[str, Any]
    description: str
    user: Actor | None
    organization_id: UUID  # the nil UUID outside of organizations
    resource_icon: str = ""
    resource_link: str = ""
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of entries, newest first; `count` is the number of all that match."""

    audit_logs: tuple[AuditEntry, ...]
    count: int
