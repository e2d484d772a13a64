"""Delete people: the row stays, and everything that lets them in ends (accounts.md 2.11)."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Passcode, ProviderSession, UserLink
from accounts.owners import lock_with_owners, require_may_touch
from accounts.people.users import about, tracked
from audit.records import attempt, difference
from coderauth.errors import Conflict, Forbidden, InvalidRequest
from scopes.actors import Actor
from scopes.engine.decision import decide
from scopes.models import Key
from scopes.objects.selectors import has_workspaces
from scopes.people import is_self, user_object


def user_delete(*, caller: Actor, user: Any) -> None:
    """Mark a user as deleted; their names and address can be used again. May be repeated.

    Raises Forbidden for oneself and without the permission, Conflict for an owner of workspaces,
    InvalidRequest for the last owner.
    """
    with attempt("delete", "user", **about(caller, user)) as act:
        if is_self(caller, user):
            raise Forbidden("delete_self")
        _require_no_workspaces(user)
        if not decide(caller.subject, "delete", user_object(user.pk)):
            raise Forbidden("forbidden")
        require_may_touch(caller, user)
        if user.is_deleted:
            act.succeed()
            return
        with transaction.atomic():
            row, other_owners = lock_with_owners(user.pk)
            require_may_touch(caller, row)
            _require_no_workspaces(row)
            if row.is_owner and not other_owners:
                raise InvalidRequest("last_owner")
            before = tracked(row)
            row.is_deleted = True
            row.updated_at = timezone.now()
            row.save(update_fields=["is_deleted", "updated_at"])
            Key.objects.filter(user_id=row.pk).delete()
            Passcode.objects.filter(user_id=row.pk).delete()
            UserLink.objects.filter(user_id=row.pk).delete()
            ProviderSession.objects.filter(user_id=row.pk).delete()
            act.succeed(diff=difference(before, tracked(row)))


def _require_no_workspaces(user: Any) -> None:
    """Raise Conflict if the user owns workspaces, even ones that the caller cannot see."""
    if has_workspaces(user.pk):
        raise Conflict("user_has_workspaces")
