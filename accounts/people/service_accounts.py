"""Accounts for machines: no address, no way to sign in, never an owner (decision D22)."""

from typing import Any

from django.db.models import Q

from accounts.models import User, UserLoginType
from accounts.owners import person_get, require_may_touch
from accounts.people.users import about, tracked
from audit.changes import changing
from audit.records import attempt
from coderauth.errors import InvalidRequest, NotFound
from scopes.actors import Actor
from scopes.engine.decision import decide
from scopes.people import is_self, user_object
from scopes.standing import standing


def service_account_convert(*, caller: Actor, user: Any) -> User:
    """Turn an account that does not sign in into a service account; its keys go on.

    It loses its address. Raises InvalidRequest for an owner and for one who signs in, NotFound
    without the permission to change the user.
    """
    with (
        attempt("write", "user", **about(caller, user)) as act,
        standing(caller, changes=Q(pk=user.pk)) as caller,
    ):
        if not decide(caller.subject, "update", user_object(user.pk)):
            raise NotFound("not_found")
        row = person_get(user.pk)
        require_may_touch(caller, row)
        if row.login_type != UserLoginType.NONE or is_self(caller, row):
            raise InvalidRequest("service_account_signs_in", login_type=row.login_type)
        if row.is_owner:
            raise InvalidRequest("service_account_owner")
        with changing(row, tracked, act):
            row.is_service_account, row.email, row.email_folded = True, "", ""
    return row
