"""Who may hand out which role (authorization.md 5.2)."""

from collections.abc import Iterable

from coderauth.errors import Forbidden, InvalidRequest
from scopes.callers import Caller
from scopes.decision import Object, decide
from scopes.roles import ASSIGNABLE, SITE_ROLES

IMPLIED = "member"


def site_roles_assignable(caller: Caller) -> frozenset[str]:
    """Return the roles that the caller's own site roles let them give and take."""
    return frozenset().union(*(ASSIGNABLE.get(role, ()) for role in caller.site_roles))


def plan_site_roles(caller: Caller, stored: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Return the roles to store, in the order they were asked for, without repetition.

    Raises InvalidRequest for an unknown role or one the caller may not hand out or take away, and
    Forbidden without the permission to assign. The implied role counts as asked for.
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
