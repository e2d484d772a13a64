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
    """A membership in an organization, with its roles."""

    user_id: UUID
    organization_id: UUID
    created_at: datetime
    updated_at: datetime
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an organization."""

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
    """A page of members; `count` is the number of all of them."""

    members: tuple[Member, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Permission:
    """An action on a resource type."""

    resource_type: str
    action: str
    negate: bool = False


@dataclass(frozen=True, slots=True)
class ListedRole:
    """A role, what it grants, and whether the caller may hand it out."""

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
    """A group with the members whom the caller may see, and how many it has in all."""

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
