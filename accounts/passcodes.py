"""One-time passcodes: how somebody who forgot their password sets a new one (accounts.md 2.2)."""

from dataclasses import asdict
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import TaskContext, task

from accounts.mail import send_passcode
from accounts.models import Passcode, User, UserLoginType
from accounts.password_change import store_password
from accounts.passwords import hash_password, matches, require_strong
from audit.records import Origin, attempt, record
from coderauth.errors import Forbidden, InvalidRequest


def require_password_auth() -> None:
    """Raise Forbidden when the deployment has switched passwords off."""
    if not settings.PASSWORD_AUTH_ENABLED:
        raise Forbidden("password_auth_disabled")


def passcode_request(*, email: str) -> None:
    """Have a passcode mailed, if somebody has this address; never says whether anybody does.

    The request does the same for an unknown address: one look-up, one task. The passcode, its
    hash, the audit entry and the mail are the task's work.
    """
    found = User.objects.with_email(email).values_list("pk", flat=True).first()
    mail_passcode.enqueue(str(found or uuid4()), asdict(Origin.current()))


@task(takes_context=True)
def mail_passcode(context: TaskContext, user_id: str, origin: dict[str, str]) -> None:
    """Make a passcode, store its hash in place of an earlier one, and mail it.

    Does nothing for nobody and for accounts that sign in without a password: a passcode could
    never let them in. Raises what the mail server raises; the task tries again.
    """
    user = User.objects.living().filter(pk=user_id, login_type=UserLoginType.PASSWORD).first()
    if user is None:
        return
    if context.attempt == 1:
        record(
            action="request_password_reset",
            actor_id=user.pk,
            resource_type="user",
            resource_id=user.pk,
            resource_target=user.username,
            status_code=204,
            origin=Origin(**origin),
        )
    passcode = str(uuid4())
    Passcode.objects.update_or_create(
        user=user,
        defaults={
            "hashed_passcode": hash_password(passcode),
            "expires_at": timezone.now() + settings.ONE_TIME_PASSCODE_TTL,
            "failed_attempts": 0,
        },
    )
    send_passcode(user, passcode)


def password_reset(*, email: str, password: str, passcode: str) -> None:
    """Set a new password with a mailed passcode, which works once, and end all keys of the user.

    Costs one hash for anybody, two more for the holder of the right passcode. Raises
    InvalidRequest, the same for an unknown address and for a wrong, old or used passcode.
    """
    require_strong(password)
    user = User.objects.with_email(email).first()
    if user is None:
        matches(passcode, "")
        raise InvalidRequest("incorrect_passcode")
    with attempt(
        "write", "user", actor_id=user.pk, resource_id=user.pk, resource_target=user.username
    ) as act:
        outstanding = _take_attempt(user)
        if not matches(passcode, outstanding):
            raise InvalidRequest("incorrect_passcode")
        Passcode.objects.filter(user=user, hashed_passcode=outstanding).update(failed_attempts=0)
        if matches(password, user.password):
            raise InvalidRequest("same_password")
        encoded = hash_password(password)
        with transaction.atomic():
            used, _ = Passcode.objects.filter(user=user, hashed_passcode=outstanding).delete()
            if not used:  # The same passcode was used at the same moment, and the other was faster.
                raise InvalidRequest("incorrect_passcode")
            store_password(user.pk, encoded, act, replaces=user.password)


def _take_attempt(user: User) -> str:
    """Count one try and return the hash to compare with, or nothing when no try is left.

    Counted before the comparison, so that parallel guesses cannot share one try.
    """
    counted = Passcode.objects.filter(
        user=user,
        expires_at__gte=timezone.now(),
        failed_attempts__lt=settings.ONE_TIME_PASSCODE_ATTEMPTS,
        user__login_type=UserLoginType.PASSWORD,
    ).update(failed_attempts=F("failed_attempts") + 1)
    if not counted:
        return ""
    return (
        Passcode.objects.values_list("hashed_passcode", flat=True).filter(user=user).first() or ""
    )
