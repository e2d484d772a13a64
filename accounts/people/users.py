"""Suspend and activate people, change their site roles, and describe them to the audit."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from accounts.links.storage import roles_are_synced
from accounts.models import User, UserStatus
from accounts.owners import person_get, require_may_touch, require_other_owner, with_owners
from audit.changes import changing
from audit.records import attempt
from coderauth.errors import InvalidRequest, NotFound
from scopes.actors import OPERATOR, Actor
from scopes.assignment import plan_site_roles
from scopes.engine.decision import decide
from scopes.engine.roles import OWNER
from scopes.keys.fresh import require_fresh
from scopes.people import is_self, user_object
from scopes.standing import standing


def site_roles_replace(*, caller: Actor, user: Any, roles: Sequence[str]) -> User:
    """Replace a user's site roles; raises in the order of accounts.md 2.14."""
    with (
        attempt("write", "user", **about(caller, user)) as act,
        standing(caller, changes=with_owners(user.pk)) as caller,
    ):
        row = person_get(user.pk)
        _require_others(caller, row)
        wanted = plan_site_roles(caller, row.site_roles, roles)
        require_may_touch(caller, row)
        require_fresh(caller)
        if OWNER not in wanted:
            require_other_owner(row)
        elif row.is_service_account:
            raise InvalidRequest("service_account_owner")
        with changing(row, tracked, act, stamps=False):
            row.site_roles = wanted
    return row


def require_others_roles(caller: Actor, user: Any) -> None:
    """Raise InvalidRequest for the caller's own roles, and for roles that a provider decides.

    Nobody locks themselves out or promotes themselves.
    """
    with attempt("write", "user", **about(caller, user)):
        _require_others(caller, user)


def _require_others(caller: Actor, user: Any) -> None:
    # The operator can repair what a wrong mapping did, until the next sign-in.
    if caller is not OPERATOR and roles_are_synced(user):
        raise InvalidRequest("roles_synced")
    if is_self(caller, user):
        raise InvalidRequest("own_roles")


def status_set(*, caller: Actor, user: Any, status: UserStatus) -> User:
    """Suspend or activate a user; keys stay, and work again after activation.

    Raises InvalidRequest for oneself and for an owner, NotFound without the permission.
    """
    with (
        attempt("write", "user", **about(caller, user)) as act,
        standing(caller, changes=Q(pk=user.pk)) as caller,
    ):
        if status == UserStatus.SUSPENDED:
            if is_self(caller, user):
                raise InvalidRequest("suspend_self")
            if OWNER in user.site_roles:
                raise InvalidRequest("suspend_owner")
        if not decide(caller.subject, "update", user_object(user.pk)):
            raise NotFound("not_found")
        row = person_get(user.pk)
        if status == UserStatus.SUSPENDED and row.is_owner:
            raise InvalidRequest("suspend_owner")
        require_may_touch(caller, row)
        with changing(row, tracked, act):
            row.status = status
    return row


def about(caller: Actor, user: Any) -> dict[str, Any]:
    """Return what an audit entry says about an act on a user."""
    return {"actor_id": caller.id, "resource_id": user.pk, "resource_target": user.username}


def tracked(user: User) -> dict[str, Any]:
    """Return what the audit keeps about a user (accounts.md 1.18)."""
    return {
        "id": str(user.pk),
        "email": user.email,
        "username": user.username,
        "name": user.name,
        "status": str(user.status),
        "rbac_roles": list(user.site_roles),
        "login_type": str(user.login_type),
        "deleted": user.is_deleted,
        **({"is_service_account": True} if user.is_service_account else {}),
    }
