"""One-time passcodes, with which people set a new password (accounts.md 2.2, 2.3)."""

from dataclasses import asdict
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import TaskContext, TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from accounts.models import Passcode, User, UserLoginType
from accounts.passwords.change import store_first_password, store_password
from accounts.passwords.hashing import hash_password, matches, require_strong
from accounts.passwords.mail import send_passcode
from audit.models import Entry
from audit.records import Origin, attempt, record
from coderauth.errors import Forbidden, InvalidRequest
from scopes.standing import people_lock

REQUESTED = "request_password_reset"
PROVIDERS = frozenset({UserLoginType.OIDC, UserLoginType.GITHUB})


def require_password_auth() -> None:
    """Raise Forbidden when the deployment has switched passwords off."""
    if not settings.PASSWORD_AUTH_ENABLED:
        raise Forbidden("password_auth_disabled")


def passcode_request(*, email: str) -> None:
    """Ask for a passcode to be mailed; never says whether anybody has the address.

    The request does the same for an unknown address: one look-up, one task. The passcode, its
    hash, the audit entry and the mail are the task's work.
    """
    found = User.objects.with_email(email).values_list("pk", flat=True).first()
    mail_passcode.enqueue(str(found or uuid4()), asdict(Origin.current()))


@task(takes_context=True)
def mail_passcode(
    context: TaskContext, user_id: str, origin: dict[str, str], *, to_password: bool = False
) -> None:
    """Make a passcode, store its hash in place of an earlier one, and mail it.

    With `to_password`, it takes an account back from its provider; otherwise it is for an account
    with a password. Does nothing for unknown users and for accounts of the other kind. Raises what
    the mail server raises; the task tries again.
    """
    login_types = PROVIDERS if to_password else {UserLoginType.PASSWORD}
    user = User.objects.living().filter(pk=user_id, login_type__in=login_types).first()
    if user is None:
        return
    if context.attempt > 1 and _asked_again(context, user_id, to_password):
        return
    if context.attempt == 1 and not to_password and _has_enough(user):
        return
    if not to_password:  # A request to take an account back was recorded when it was made.
        _record_once(context, user, Origin(**origin))
    passcode = str(uuid4())
    Passcode.objects.update_or_create(
        user=user,
        defaults={
            "hashed_passcode": hash_password(passcode),
            "expires_at": timezone.now() + settings.ONE_TIME_PASSCODE_TTL,
            "to_password": to_password,
        },
    )
    send_passcode(user, passcode, to_password=to_password)


def _has_enough(user: User) -> bool:
    """Say whether an account was sent its mails of this hour; the last passcode stays good.

    Whoever knows an address could otherwise fill its mailbox, and void each passcode with the next.
    """
    since = timezone.now() - timedelta(hours=1)
    asked = Entry.objects.filter(
        at__gte=since, action=REQUESTED, resource_type="user", resource_id=str(user.pk)
    )
    return asked.count() >= settings.ONE_TIME_PASSCODES_AN_HOUR


def _asked_again(context: TaskContext, user_id: str, to_password: bool) -> bool:
    """Say whether a later request sends a mail of its own; this one would void its passcode."""
    kind = {"args_kwargs__kwargs__to_password": True} if to_password else {}
    return (
        DBTaskResult.objects.exclude(status=TaskResultStatus.FAILED)
        .filter(
            task_path=mail_passcode.module_path,
            enqueued_at__gt=context.task_result.enqueued_at,
            args_kwargs__args__0=user_id,
            **kind,
        )
        .exists()
    )


def _record_once(context: TaskContext, user: User, origin: Origin) -> None:
    """Record the request once, however often the mail is tried."""
    since = context.task_result.enqueued_at
    already = Entry.objects.filter(
        at__gte=since, action=REQUESTED, resource_id=str(user.pk), request_id=origin.request_id
    )
    if context.attempt > 1 and already.exists():
        return
    record(
        action=REQUESTED,
        actor_id=user.pk,
        resource_type="user",
        resource_id=user.pk,
        resource_target=user.username,
        status_code=204,
        origin=origin,
    )


def password_reset(*, email: str, password: str, passcode: str) -> None:
    """Set a new password with a mailed passcode, which works once, and end all keys of the user.

    An account that is taken back from its provider has a password from now on.
    Costs one hash for anybody, two more for the holder of the right passcode. Raises
    InvalidRequest, the same for an unknown address and for a wrong, old or used passcode.
    """
    require_strong(password, about=(email,))
    user = User.objects.with_email(email).first()
    known = None if user is None else user.pk
    with attempt("write", "user", actor_id=known, resource_id=known or "", by_anybody=True) as act:
        outstanding = _outstanding(user)
        if not matches(passcode, outstanding) or user is None:
            raise InvalidRequest("incorrect_passcode")
        act.resource_target = user.username
        require_strong(password, about=(user.username, user.name))
        if matches(password, user.password):
            raise InvalidRequest("same_password")
        encoded = hash_password(password)
        with transaction.atomic():
            # The user before the passcode, in the order of every other change: no deadlock.
            people_lock(Q(pk=user.pk))
            row = User.objects.living().filter(pk=user.pk, login_type=user.login_type).first()
            used, _ = Passcode.objects.filter(user=user, hashed_passcode=outstanding).delete()
            # The same passcode was used, or the account changed, at the same moment.
            if row is None or not used:
                raise InvalidRequest("incorrect_passcode")
            if row.login_type == UserLoginType.PASSWORD:
                store_password(row, encoded, act, replaces=user.password)
            else:
                store_first_password(row, encoded, act)


def _outstanding(user: User | None) -> str:
    """Return the hash of the passcode that is good for an account, or an empty text.

    Wrong tries do not void it: with 122 random bits it cannot be guessed, and a stranger could
    otherwise keep its owner from using it. The statement is the same for nobody.
    """
    # A passcode is for the kind of account it was mailed to; others were converted meanwhile.
    own = Passcode.objects.filter(
        user_id=uuid4() if user is None or user.login_type == UserLoginType.NONE else user.pk,
        to_password=user is not None and user.login_type in PROVIDERS,
        expires_at__gte=timezone.now(),
    )
    return own.values_list("hashed_passcode", flat=True).first() or ""
