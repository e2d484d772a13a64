"""Set a new password, for oneself or for somebody else (accounts.md 2.16)."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Passcode, ProviderSession, User, UserLink, UserLoginType
from accounts.owners import require_may_touch
from accounts.passwords.hashing import hash_password, matches, require_strong
from audit.records import Attempt, attempt, difference
from coderauth.errors import InvalidRequest, NotFound, Validation
from scopes.actors import Actor
from scopes.engine.decision import decide
from scopes.models import Key
from scopes.people import is_self, user_object

PASSWORD_FIELD = "hashed_password"  # noqa: S105 (the field's name in the audit)


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
        current = (
            User.objects.living().values_list("password", flat=True).filter(pk=user.pk).first()
        )
        if current is None:
            raise NotFound("not_found")
        if old_password and not matches(old_password, current):
            raise InvalidRequest(
                "old_password_incorrect",
                validations=[Validation("old_password", "Old password is incorrect.")],
            )
        if matches(password, current):
            raise InvalidRequest("same_password")
        encoded = hash_password(password)
        with transaction.atomic():
            store_password(user.pk, encoded, act, replaces=current)


def store_password(user_id: UUID | str, encoded: str, act: Attempt, *, replaces: str) -> None:
    """Replace a hash, end an outstanding passcode and all keys, and record it.

    Must run in a transaction. Raises InvalidRequest when another change was faster.
    """
    now = timezone.now()
    # The login type too: a conversion may have been faster.
    changed = User.objects.filter(
        pk=user_id, login_type=UserLoginType.PASSWORD, password=replaces, is_deleted=False
    ).update(password=encoded, updated_at=now)
    if not changed:
        raise InvalidRequest("old_password_incorrect")
    Passcode.objects.filter(user_id=user_id).delete()
    Key.objects.filter(user_id=user_id).delete()
    act.succeed(
        status_code=204,
        diff=difference(
            {PASSWORD_FIELD: replaces},
            {PASSWORD_FIELD: encoded},
            hidden=frozenset({PASSWORD_FIELD}),
        ),
    )


def store_first_password(user: User, encoded: str, act: Attempt) -> None:
    """Take an account back from its provider: password, no link, no key, no passcode.

    Must run in a transaction that locked the account. Raises InvalidRequest when its login type
    has changed meanwhile.
    """
    changed = User.objects.filter(
        pk=user.pk, login_type=user.login_type, password=user.password, is_deleted=False
    ).update(login_type=UserLoginType.PASSWORD, password=encoded, updated_at=timezone.now())
    if not changed:
        raise InvalidRequest("incorrect_passcode")
    UserLink.objects.filter(user=user).delete()
    ProviderSession.objects.filter(user=user).delete()
    Passcode.objects.filter(user=user).delete()
    Key.objects.filter(user=user).delete()
    before = {"login_type": str(user.login_type), PASSWORD_FIELD: user.password}
    after = {"login_type": UserLoginType.PASSWORD.value, PASSWORD_FIELD: encoded}
    hidden = frozenset({PASSWORD_FIELD})
    act.succeed(status_code=204, diff=difference(before, after, hidden=hidden))


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
