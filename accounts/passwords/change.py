"""Set a new password, for oneself or for somebody else (accounts.md 2.16)."""

from typing import Any

from django.db.models import Q

from accounts.models import Passcode, ProviderSession, User, UserLink, UserLoginType
from accounts.owners import person_get, require_may_touch
from accounts.passwords.hashing import hash_password, matches, require_strong
from audit.changes import changing
from audit.records import Attempt, attempt
from coderauth.errors import InvalidRequest, NotFound, Validation
from scopes.actors import Actor
from scopes.engine.decision import decide
from scopes.models import Key
from scopes.people import is_self, user_object
from scopes.standing import standing

PASSWORD_FIELD = "hashed_password"  # noqa: S105 (the field's name in the audit)
HIDDEN = frozenset({PASSWORD_FIELD})


def require_password_right(*, caller: Actor, user: Any) -> None:
    """Raise NotFound or Forbidden when the caller may not set this user's password."""
    with attempt("write", "user", **_about(caller, user)):
        _require_right(caller, user)


def password_change(*, caller: Actor, user: Any, password: str, old_password: str = "") -> None:
    """Set a user's password and end all their keys, the caller's own included.

    Costs up to three hashes. Raises InvalidRequest in the order of accounts.md 2.16.
    """
    with attempt("write", "user", **_about(caller, user)) as act:
        _require_right(caller, user)
        if user.login_type != UserLoginType.PASSWORD:
            raise InvalidRequest("not_a_password_user")
        if is_self(caller, user) and not old_password:
            raise InvalidRequest("old_password_required")
        require_strong(password, about=(user.email, user.username, user.name))
        current = person_get(user.pk).password
        if old_password and not matches(old_password, current):
            raise InvalidRequest(
                "old_password_incorrect",
                validations=[Validation("old_password", "Old password is incorrect.")],
            )
        if matches(password, current):
            raise InvalidRequest("same_password")
        encoded = hash_password(password)
        with standing(
            caller, changes=Q(pk=user.pk) | Key.objects.filter(user_id=user.pk).whose()
        ) as caller:
            row = person_get(user.pk)
            _require_right(caller, row)
            store_password(row, encoded, act, replaces=current)


def store_password(row: User, encoded: str, act: Attempt, *, replaces: str) -> None:
    """Replace the hash of a locked user, and end an outstanding passcode and all keys.

    Raises InvalidRequest when another change, or a conversion, was faster.
    """
    if row.password != replaces or row.login_type != UserLoginType.PASSWORD:
        raise InvalidRequest("old_password_incorrect")
    with changing(row, _tracked, act, status_code=204, hidden=HIDDEN):
        row.password = encoded
        Passcode.objects.filter(user=row).delete()
        Key.objects.filter(user=row).delete()


def store_first_password(row: User, encoded: str, act: Attempt) -> None:
    """Take the account of a locked user back from its provider.

    It has a password then, and no link, no key and no passcode.
    """
    with changing(row, _tracked, act, status_code=204, hidden=HIDDEN):
        row.login_type, row.password = UserLoginType.PASSWORD, encoded
        UserLink.objects.filter(user=row).delete()
        ProviderSession.objects.filter(user=row).delete()
        Passcode.objects.filter(user=row).delete()
        Key.objects.filter(user=row).delete()


def _tracked(row: User) -> dict[str, Any]:
    return {"login_type": str(row.login_type), PASSWORD_FIELD: row.password}


def _require_right(caller: Actor, user: Any) -> None:
    if not decide(caller.subject, "update_personal", user_object(user.pk)):
        raise NotFound("not_found")
    # A password opens everything that its user may do, so a narrowed key must not set one. For
    # oneself that takes the old password, which already opens as much.
    if caller.is_narrowed and not is_self(caller, user):
        raise NotFound("not_found")
    require_may_touch(caller, user)


def _about(caller: Actor, user: Any) -> dict[str, Any]:
    return {
        "actor_id": caller.id,
        "resource_id": user.pk,
        "resource_target": user.username,
    }
