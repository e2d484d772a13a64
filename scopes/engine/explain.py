"""Say in words why `decide` answered as it did.

The verdict is always `decide`'s own: this module only looks up the permission, role and scope
behind it, so the two can never disagree.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scopes.engine.catalog import FULL, UnknownScopeError, expand, is_public
from scopes.engine.decision import (
    CONFLICT,
    UNKNOWN,
    Level,
    Missing,
    Object,
    Subject,
    acl_grants,
    decide,
)
from scopes.engine.policy import ANY, RESOURCES
from scopes.engine.roles import Permission


@dataclass(frozen=True, slots=True)
class Explanation:
    """What decided.

    `permission` is `resource:action` as it is in the role or ACL, with its wildcards; if `negated`,
    it forbids. `role` is None for an ACL. `organization` is set if the role is bound to one.
    `scope` is the first scope of the key that permits the action. `hint` says what to do next.
    """

    allowed: bool
    level: Level | None
    permission: str | None
    negated: bool
    role: str | None
    organization: str | None
    scope: str | None
    missing: tuple[Missing, ...]
    hint: str


@dataclass(frozen=True, slots=True)
class _Source:
    permission: str | None = None
    negated: bool = False
    role: str | None = None
    organization: str | None = None


def explain(subject: Subject, action: str, obj: Object) -> Explanation:
    """Ask `decide`, then look up what was behind its answer. Costs as much as some 30 decisions."""
    decision = decide(subject, action, obj)
    senseless = decision is UNKNOWN or decision is CONFLICT
    source = _source(subject, decision.level, action, obj)
    return Explanation(
        allowed=decision.allowed,
        level=decision.level,
        permission=source.permission,
        negated=source.negated,
        role=source.role,
        organization=source.organization,
        scope=None if senseless else _scope(subject, action, obj),
        missing=decision.missing,
        hint=_hint(decision.missing, source, action, obj),
    )


def _matching(permissions: Iterable[Permission], action: str, obj: Object) -> Iterator[Permission]:
    return (p for p in permissions if p.resource in (obj.type, ANY) and p.action in (action, ANY))


def _source(subject: Subject, level: Level | None, action: str, obj: Object) -> _Source:
    if level is None:
        return _Source()
    if level == "acl":
        return _Source(permission=f"{obj.type}:{_acl_action(subject, action, obj)}")
    first = _Source()
    for grant in subject.grants:
        if level == "site":
            permissions = grant.role.site
        elif level == "user":
            permissions = grant.role.user
        elif _speaks_for(subject, grant.organization, action, obj):
            permissions = grant.role.organization
        else:
            continue
        for permission in _matching(permissions, action, obj):
            found = _Source(
                f"{permission.resource}:{permission.action}",
                permission.negate,
                grant.role.name,
                grant.organization or None,
            )
            if found.negated:
                return found
            if first.permission is None:
                first = found
    return first


def _speaks_for(subject: Subject, organization: str, action: str, obj: Object) -> bool:
    """Say whether roles in this organization decided at that level."""
    if not obj.any_organization:
        return bool(organization) and organization == obj.organization
    return subject.organizations.get(organization, {}).get((obj.type, action), 0) > 0


def _acl_action(subject: Subject, action: str, obj: Object) -> str:
    entries = [obj.acl_users.get(subject.id, ())]
    entries += [obj.acl_groups.get(g, ()) for g in (*subject.groups, obj.organization)]
    granting = next(entry for entry in entries if acl_grants(entry, action))
    return action if action in granting else ANY


def _scope(subject: Subject, action: str, obj: Object) -> str | None:
    try:
        scopes = [expand(name) for name in subject.scopes]
    except UnknownScopeError:
        return None
    return next((s.name for s in scopes if any(_matching(s.permissions, action, obj))), None)


def _hint(missing: tuple[Missing, ...], source: _Source, action: str, obj: Object) -> str:
    if not missing:
        return "This is allowed; there is nothing to do."
    match missing[0]:
        case "unknown":
            return _unknown_hint(obj)
        case "conflict":
            return "Name one organization or ask for any organization, not both."
        case "membership":
            which = (
                f"the organization {obj.organization}" if obj.organization else "an organization"
            )
            return f"Ask an administrator to add you to {which}."
        case "role":
            return _role_hint(source, action, obj)
        case "scope":
            return f"Ask for a key with the scope {_narrowest_scope(action, obj)}."
        case "allow_list":
            return f"Ask for a key whose allow list has {obj.type}:{obj.id or ANY}."


def _unknown_hint(obj: Object) -> str:
    if obj.type not in RESOURCES:
        return "There is no such resource type; ask for one that the policy lists."
    known = ", ".join(RESOURCES[obj.type])
    return f"The resource type {obj.type} has only these actions: {known}."


def _organization(obj: Object) -> str:
    if obj.any_organization or not obj.organization:
        return "an organization"
    return f"the organization {obj.organization}"


def _role_hint(source: _Source, action: str, obj: Object) -> str:
    if source.negated:
        return f"Ask an administrator about the role {source.role}: it forbids {obj.type}:{action}."
    where = f" in {_organization(obj)}" if obj.organization or obj.any_organization else ""
    return f"Ask an administrator for a role that grants {obj.type}:{action}{where}."


def _narrowest_scope(action: str, obj: Object) -> str:
    candidates = (f"{obj.type}:{action}", f"{obj.type}:{ANY}")
    return next((name for name in candidates if is_public(name)), FULL)
