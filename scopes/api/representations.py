"""How keys and organizations look on the wire; the serializers of the schema say the same."""

from collections.abc import Iterable, Mapping
from typing import Any

from coderauth.http.times import format_time
from scopes.engine.catalog import APPLICATION_CONNECT, FULL
from scopes.engine.roles import Permission, Role, display_name
from scopes.models import Group, Key, Membership, Organization


def key_document(key: Key) -> dict[str, Any]:
    """Return a key without its secret; `scope` is the older, single-valued form of `scopes`."""
    return {
        "id": key.pk,
        "user_id": str(key.user_id),
        "last_used": format_time(key.last_used_at),
        "expires_at": format_time(key.expires_at),
        "created_at": format_time(key.created_at),
        "updated_at": format_time(key.updated_at),
        "login_type": key.login_type,
        "scope": _legacy_scope(key.scopes),
        "scopes": key.scopes,
        "token_name": key.name,
        "lifetime_seconds": key.lifetime_seconds,
        "allow_list": key.allow_list,
    }


def _legacy_scope(scopes: list[str]) -> str:
    if APPLICATION_CONNECT in scopes:
        return "application_connect"
    return "all" if FULL in scopes else ""


def organization_document(organization: Organization) -> dict[str, Any]:
    return {
        "id": str(organization.pk),
        "name": organization.name,
        "display_name": organization.display_name,
        "icon": organization.icon,
        "description": organization.description,
        "created_at": format_time(organization.created_at),
        "updated_at": format_time(organization.updated_at),
        "is_default": organization.is_default,
    }


def role_document(name: str, organization_id: str = "") -> dict[str, Any]:
    document = {"name": name, "display_name": display_name(name)}
    if organization_id:
        document["organization_id"] = organization_id
    return document


def permission_document(permission: Permission) -> dict[str, Any]:
    return {
        "negate": permission.negate,
        "resource_type": permission.resource,
        "action": permission.action,
    }


def listed_role_document(role: Role, *, assignable: bool) -> dict[str, Any]:
    """Return a built-in role with what it grants."""
    return {
        "name": role.name,
        "display_name": role.display_name,
        "site_permissions": [permission_document(one) for one in role.site],
        "organization_permissions": [permission_document(one) for one in role.organization],
        "user_permissions": [permission_document(one) for one in role.user],
        "organization_member_permissions": [],
        "assignable": assignable,
        "built_in": True,
    }


def organization_role_document(
    role: Role, organization_id: str, *, assignable: bool, built_in: bool
) -> dict[str, Any]:
    """Return a role of an organization, built in or its own, with what it grants there."""
    return {
        **listed_role_document(role, assignable=assignable),
        "organization_id": organization_id,
        "built_in": built_in,
    }


def membership_document(
    membership: Membership, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return that somebody is in an organization; `names` are how its own roles are displayed."""
    organization_id = str(membership.organization_id)
    return {
        "user_id": str(membership.user_id),
        "organization_id": organization_id,
        "created_at": format_time(membership.created_at),
        "updated_at": format_time(membership.updated_at),
        "roles": [
            role_document(name, organization_id) | _custom_name(name, names)
            for name in membership.roles
        ],
    }


def _custom_name(name: str, names: Mapping[str, str] | None) -> dict[str, str]:
    return {"display_name": names[name]} if names and name in names else {}


def member_document(
    membership: Membership, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return somebody in an organization, with what a list shows of the person."""
    user: Any = membership.user
    document = {
        **membership_document(membership, names),
        "username": user.username,
        "email": user.email,
        "global_roles": [role_document(name) for name in user.site_roles],
    }
    if user.name:
        document["name"] = user.name
    if user.avatar_url:
        document["avatar_url"] = user.avatar_url
    return document


def group_document(group: Group, people: Iterable[Any], *, count: int) -> dict[str, Any]:
    """Return a group with the people of it that are shown, of so many in all."""
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
