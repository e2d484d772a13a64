"""Sign in with a password, and out again."""

from django.db import transaction

from accounts.models import User, UserStatus
from accounts.passwords.proof import prove_password
from accounts.people.dormancy import user_wake
from audit.records import attempt
from coderauth.errors import SignInRefused
from scopes.keys.minting import plan_session
from scopes.keys.sessions import session_lock, session_open
from scopes.models import LoginType
from scopes.standing import hold


def sign_in(*, email: str, password: str, address: str) -> str:
    """Return the secret of a new session key.

    Raises SignInRefused; the same for an unknown address and for a wrong password, after the same
    work (accounts.md 2.1).
    """
    user = User.objects.with_email(email).first()
    known = None if user is None else user.pk
    with attempt(
        "login", "api_key", actor_id=known, resource_id=known or "", by_anybody=True
    ) as act:
        user = prove_password(user, password)
        if user.status == UserStatus.DORMANT:
            user_wake(user.pk)
        spec = plan_session(LoginType.PASSWORD, address=address)
        with transaction.atomic():
            session_lock(user.pk)
            _require_unchanged(user)
            _, secret = session_open(user_id=user.pk, spec=spec)
            act.succeed(status_code=201)
    return secret


def _require_unchanged(user: User) -> None:
    """Refuse if the password changed or the account ended while the hash was compared.

    Otherwise a sign-in that overlaps a password change would leave a session of the old password.
    """
    same = User.objects.living().filter(
        pk=user.pk, password=user.password, status=UserStatus.ACTIVE
    )
    if not hold(same):
        raise SignInRefused("incorrect_credentials")
