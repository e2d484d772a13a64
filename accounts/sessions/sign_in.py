"""Sign in with a password, and out again."""

from django.conf import settings
from django.db import transaction

from accounts.models import User, UserLoginType, UserStatus
from accounts.passwords.hashing import hash_password, matches, must_rehash
from audit.records import attempt
from coderauth.errors import SignInRefused
from scopes.keys.issuing import key_insert
from scopes.keys.minting import KeySpec
from scopes.models import LoginType
from scopes.people import wake_dormant


def sign_in(*, email: str, password: str, address: str) -> str:
    """Return the secret of a new session key.

    Raises SignInRefused; the same for an unknown address and for a wrong password, after the same
    work. Accounts.md 2.1.
    """
    user = User.objects.with_email(email).first()
    known = None if user is None else user.pk
    with attempt(
        "login", "api_key", actor_id=known, resource_id=known or "", by_anybody=True
    ) as act:
        user = prove_password(user, password)
        spec = KeySpec(
            login_type=LoginType.PASSWORD,
            lifetime=settings.SESSION_DURATION,
            ip_address=address,
        )
        with transaction.atomic():
            _require_unchanged(user)
            _, secret = key_insert(user_id=user.pk, spec=spec)
            act.succeed(status_code=201)
    return secret


def prove_password(user: User | None, password: str) -> User:
    """Return the user whose password this is; a dormant one is active from here on.

    Raises SignInRefused in the order of accounts.md 2.1, rows 3 to 6. Costs one hash whoever asks.
    """
    if not matches(password, "" if user is None else user.password) or user is None:
        raise SignInRefused("incorrect_credentials")
    if not settings.PASSWORD_AUTH_ENABLED:
        raise SignInRefused("password_auth_disabled")
    if user.login_type != UserLoginType.PASSWORD:
        raise SignInRefused("incorrect_login_type", login_type=user.login_type)
    if user.status == UserStatus.DORMANT:
        wake_dormant(user.pk)
        user.refresh_from_db(fields=["status"])  # Another sign-in may have been faster.
    if user.status != UserStatus.ACTIVE:
        raise SignInRefused("suspended")
    if must_rehash(user.password):
        _rehash(user, password)
    return user


def _rehash(user: User, password: str) -> None:
    """Store the password at today's cost.

    Of two sign-ins at once one stores; the other compares again, since what it finds may as well
    be another password.
    """
    encoded = hash_password(password)
    if User.objects.filter(pk=user.pk, password=user.password).update(password=encoded):
        user.password = encoded
        return
    user.refresh_from_db(fields=["password"])
    if not matches(password, user.password):
        raise SignInRefused("incorrect_credentials")


def _require_unchanged(user: User) -> None:
    """Refuse when the password changed or the account ended while the hash was compared.

    Without it a sign-in that overlaps a password change would leave a session of the old one.
    """
    same = User.objects.select_for_update().filter(
        pk=user.pk, password=user.password, status=UserStatus.ACTIVE, is_deleted=False
    )
    if not same.exists():
        raise SignInRefused("incorrect_credentials")
