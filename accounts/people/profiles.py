"""Change what people are called (accounts.md 2.12)."""

from typing import Any

from django.db.models import Q

from accounts.models import User
from accounts.owners import person_get, require_may_touch
from accounts.people.users import about, tracked
from audit.changes import changing
from audit.records import attempt
from coderauth.errors import Conflict, NotFound, Validation
from coderauth.uniqueness import taken_means
from scopes.callers import Caller
from scopes.engine.decision import decide
from scopes.people import user_object
from scopes.standing import standing

TAKEN = Validation("username", "This username is already in use.")


def profile_update(*, caller: Caller, user: Any, username: str, name: str) -> User:
    """Change a user's username and real name; members may rename themselves.

    Raises Conflict for a taken name, NotFound without the permission, Forbidden for an owner's.
    """
    with (
        attempt("write", "user", **about(caller, user)) as act,
        taken_means(Conflict("username_taken", validations=[TAKEN])),
        standing(caller, changes=Q(pk=user.pk)) as caller,
    ):
        _refuse_taken(caller, user, username)
        if not decide(caller.subject, "update_personal", user_object(user.pk)):
            raise NotFound("not_found")
        row = person_get(user.pk)
        require_may_touch(caller, row)
        with changing(row, tracked, act):
            row.username, row.name = username, name
    return row


def _refuse_taken(caller: Caller, user: Any, username: str) -> None:
    """Raise Conflict early if the caller can see who has the name; others learn it by trying."""
    taken = User.objects.with_username(username).first()
    if taken is None or str(taken.pk) == str(user.pk):
        return
    if decide(caller.subject, "read", user_object(taken.pk)):
        raise Conflict("username_taken", validations=[TAKEN])
