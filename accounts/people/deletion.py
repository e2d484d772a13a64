"""Delete people: the row stays, and everything that lets them in ends (accounts.md 2.11)."""

from typing import Any

from accounts.models import Passcode, ProviderSession, User, UserLink
from accounts.owners import require_may_touch, require_other_owner, with_owners
from accounts.people.users import about, tracked
from audit.changes import changing
from audit.records import attempt
from coderauth.errors import Conflict, Forbidden
from scopes.actors import Actor
from scopes.engine.decision import decide
from scopes.models import Key
from scopes.objects.selectors import has_workspaces
from scopes.people import is_self, user_object
from scopes.standing import standing


def user_delete(*, caller: Actor, user: Any) -> None:
    """Mark a user as deleted; their names and address can be used again. May be repeated.

    Raises Forbidden for oneself and without the permission, Conflict for an owner of workspaces,
    InvalidRequest for the last owner.
    """
    with (
        attempt("delete", "user", **about(caller, user)) as act,
        standing(
            caller, changes=with_owners(user.pk) | Key.objects.filter(user_id=user.pk).whose()
        ) as caller,
    ):
        if is_self(caller, user):
            raise Forbidden("delete_self")
        if has_workspaces(user.pk):  # Even workspaces that the caller cannot see.
            raise Conflict("user_has_workspaces")
        if not decide(caller.subject, "delete", user_object(user.pk)):
            raise Forbidden("forbidden")
        row = User.objects.get(pk=user.pk)
        require_may_touch(caller, row)
        if row.is_deleted:
            act.succeed()
            return
        require_other_owner(row)
        with changing(row, tracked, act):
            row.is_deleted = True
            Key.objects.filter(user_id=row.pk).delete()
            Passcode.objects.filter(user_id=row.pk).delete()
            UserLink.objects.filter(user_id=row.pk).delete()
            ProviderSession.objects.filter(user_id=row.pk).delete()
