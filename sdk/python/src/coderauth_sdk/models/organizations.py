"""Organizations, their members, roles and groups."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coderauth_sdk.models.accounts import Role


@dataclass(frozen=True, slots=True)
class Organization:
    id: UUID
    name: str
    display_name: str
    icon: str
    description: str
    created_at: datetime
    updated_at: datetime
    is_default: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """That somebody is in an organization, and with which roles."""

    user_id: UUID
    organization_id: UUID
    created_at: datetime
    updated_at: datetime
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in an organization."""

    user_id: UUID
    organization_id: UUID
    created_at: datetime
    updated_at: datetime
    roles: tuple[Role, ...]
    username: str
    email: str
    global_roles: tuple[Role, ...]
    name: str = ""
    avatar_url: str = ""


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Some of the members; `count` is of all of them."""

    members: tuple[Member, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Permission:
    """An action on a type of resource."""

    resource_type: str
    action: str
    negate: bool = False


@dataclass(frozen=True, slots=True)
class ListedRole:
    """A role with what it grants, and whether the caller may hand it out."""

    name: str
    display_name: str
    site_permissions: tuple[Permission, ...]
    organization_permissions: tuple[Permission, ...]
    user_permissions: tuple[Permission, ...]
    organization_member_permissions: tuple[Permission, ...]
    assignable: bool
    built_in: bool
    organization_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class GroupPerson:
    id: UUID
    username: str
    email: str
    status: str
    login_type: str
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None
    name: str = ""
    avatar_url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A group with those of its people that the caller may see, of so many in all."""

    id: UUID
    name: str
    display_name: str
    organization_id: UUID
    organization_name: str
    organization_display_name: str
    members: tuple[GroupPerson, ...]
    total_member_count: int
    avatar_url: str
    source: str
