"""Registered objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RegisteredObject:
    """An object of another service, whose id checks can name."""

    type: str
    id: UUID
    owner_id: UUID | None
    organization_id: UUID | None
    acl_user_list: Mapping[UUID, tuple[str, ...]]
    acl_group_list: Mapping[UUID, tuple[str, ...]]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """A page of objects of a type; without `next_after_id` there are no more."""

    objects: tuple[RegisteredObject, ...]
    next_after_id: UUID | None


@dataclass(frozen=True, slots=True)
class BulkResult:
    """How many objects a bulk change created, replaced and deleted."""

    created: int
    updated: int
    deleted: int
