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
    """One act, or a refused attempt at one; secrets are marked in `diff`, never in it."""

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
    organization_id: UUID  # the nil UUID where it was in none
    resource_icon: str = ""
    resource_link: str = ""
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some of the entries found, newest first; `count` is of all of them."""

    audit_logs: tuple[AuditEntry, ...]
    count: int
