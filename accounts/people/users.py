"""Suspend and activate people, change their site roles, and tell the audit of them."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.links.storage import roles_are_synced
from accounts.models import User, UserStatus
from accounts.owners import lock_user, lock_with_owners, require_may_touch
from audit.records import attempt, difference
from coderauth.errors import InvalidRequest, NotFound
from scopes.actors import OPERATOR, Actor
from scopes.assignment import plan_site_roles
from scopes.engine.decision import decide
from scopes.engine.roles import OWNER
from scopes.people import is_self, user_object


def site_roles_replace(*, caller: Actor, user: Any, roles: Sequence[str]) -> User:
    """Replace a user's site roles; raises in the order of accounts.md 2.14."""
    with attempt("write", "user", **about(caller, user)) as act:
        _require_others(caller, user)
        with transaction.atomic():
            row, other_owners = lock_with_owners(user.pk)
            wanted = plan_site_roles(caller, row.site_roles, roles)
            require_may_touch(caller, row)
            if row.is_owner and OWNER not in wanted and not other_owners:
                raise InvalidRequest("last_owner")
            before = tracked(row)
            row.site_roles = wanted
            row.save(update_fields=["site_roles"])
            act.succeed(diff=difference(before, tracked(row)))
    return row


def require_others_roles(caller: Actor, user: Any) -> None:
    """Raise InvalidRequest for the caller's own roles, and for roles that a provider decides.

    Nobody locks themselves out or promotes themselves.
    """
    with attempt("write", "user", **about(caller, user)):
        _require_others(caller, user)


def _require_others(caller: Actor, user: Any) -> None:
    # The operator repairs what a wrong mapping did, until the next sign-in.
    if caller is not OPERATOR and roles_are_synced(user):
        raise InvalidRequest("roles_synced")
    if is_self(caller, user):
        raise InvalidRequest("own_roles")


def status_set(*, caller: Actor, user: Any, status: UserStatus) -> User:
    """Suspend or activate a user; keys stay, and work again after activation.

    Raises InvalidRequest for oneself and for an owner, NotFound without the permission.
    """
    with attempt("write", "user", **about(caller, user)) as act:
        _refuse_suspension(caller, user, status)
        if not decide(caller.subject, "update", user_object(user.pk)):
            raise NotFound("not_found")
        require_may_touch(caller, user)
        with transaction.atomic():
            row = lock_user(user.pk)
            _refuse_suspension(caller, row, status)
            before = tracked(row)
            row.status = status
            row.updated_at = timezone.now()
            row.save(update_fields=["status", "updated_at"])
            act.succeed(diff=difference(before, tracked(row)))
    return row


def _refuse_suspension(caller: Actor, user: Any, status: UserStatus) -> None:
    if status != UserStatus.SUSPENDED:
        return
    if is_self(caller, user):
        raise InvalidRequest("suspend_self")
    if OWNER in user.site_roles:
        raise InvalidRequest("suspend_owner")


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
    }
