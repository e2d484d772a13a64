"""Who may hand out which role (authorization.md 5.2)."""

from collections.abc import Collection, Iterable

from django.conf import settings

from coderauth.errors import Forbidden, InvalidRequest
from scopes.actors import Actor
from scopes.engine.comparison import roles_beyond
from scopes.engine.decision import Grant, Object, decide
from scopes.engine.roles import (
    ASSIGNABLE,
    CUSTOM_ORGANIZATION_ROLE,
    ORGANIZATION_MEMBER,
    ORGANIZATION_ROLES,
    SITE_ROLES,
)

IMPLIED = "member"


def site_roles_assignable(caller: Actor) -> frozenset[str]:
    """Return the roles that the caller's site roles let them give and take away."""
    return frozenset().union(*(ASSIGNABLE.get(role, ()) for role in caller.site_roles))


def plan_site_roles(caller: Actor, stored: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Return the roles to store, in the requested order, without repetition.

    Raises InvalidRequest for an unknown role or one the caller may not hand out or take away, and
    Forbidden without the permission to assign. The implied role counts as requested.
    """
    requested = list(dict.fromkeys(wanted))
    before, after = set(stored), {*requested, IMPLIED}
    added, removed = after - before, before - after
    for role in sorted(added | removed):
        if role not in SITE_ROLES:
            raise InvalidRequest("unsupported_role", role=role)
    catalogue = Object(type="assign_role")
    if added and not decide(caller.subject, "assign", catalogue):
        raise Forbidden("forbidden")
    if removed and not decide(caller.subject, "unassign", catalogue):
        raise Forbidden("forbidden")
    may_touch = site_roles_assignable(caller)
    for role in sorted(added | removed):
        if role not in may_touch:
            raise InvalidRequest("role_not_assignable", role=role)
    return requested


def plan_organization_roles(
    caller: Actor,
    organization: str,
    *,
    stored: Iterable[str],
    wanted: Iterable[str],
    custom: Collection[str],
) -> list[str]:
    """Return the roles to store for a member, as `plan_site_roles` does for a user.

    `custom` are the organization's own roles. Roles that the caller holds in another organization
    do not count. Raises as `plan_site_roles`.
    """
    requested = list(dict.fromkeys(wanted))
    for role in requested:
        if ":" in role:
            raise InvalidRequest("role_with_suffix", role=role)
    before, after = set(stored), {*requested, ORGANIZATION_MEMBER}
    added, removed = after - before, before - after
    for role in sorted(added | removed):
        if role not in ORGANIZATION_ROLES and role not in custom:
            raise InvalidRequest("unsupported_role", role=f"{role}:{organization}")
    catalogue = Object(type="assign_org_role", organization=organization)
    if added and not decide(caller.subject, "assign", catalogue):
        raise Forbidden("forbidden")
    if removed and not decide(caller.subject, "unassign", catalogue):
        raise Forbidden("forbidden")
    require_assignable(caller, organization, added | removed)
    return requested


def require_assignable(caller: Actor, organization: str, roles: Iterable[str]) -> None:
    """Raise InvalidRequest for a role that the caller may not hand out."""
    may_touch = assignable_roles(caller, organization)
    for role in sorted(roles):
        if not is_assignable(may_touch, role):
            raise InvalidRequest("role_not_assignable", role=f"{role}:{organization}")


def assignable_roles(caller: Actor, organization: str) -> frozenset[str]:
    """Return the roles that the caller may hand out in an organization."""
    held = [grant.role.name for grant in caller.subject.grants
            if grant.organization in ("", organization)]  # fmt: skip
    return frozenset[str]().union(*(ASSIGNABLE.get(role, ()) for role in held))


def is_assignable(may_touch: Collection[str], role: str) -> bool:
    return (role if role in ORGANIZATION_ROLES else CUSTOM_ORGANIZATION_ROLE) in may_touch


def require_not_beyond(caller: Actor, organization: str, held: Iterable[Grant]) -> None:
    """Raise Forbidden for roles that permit more in the organization than the caller's.

    That is what permits more, and what the caller may not take away either (decision D18).
    """
    if not settings.PROTECT_OWNERS or caller.is_owner:
        return
    here = [grant for grant in held if grant.organization == organization]
    may_touch = assignable_roles(caller, organization)
    beyond = [
        role for role in roles_beyond(caller.subject, here) if not is_assignable(may_touch, role)
    ]
    if beyond:
        raise Forbidden("beyond_own_roles", roles=", ".join(beyond))
