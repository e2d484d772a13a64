"""Prove that a caller knows a user's password."""

from django.conf import settings

from accounts.models import User, UserLoginType, UserStatus
from accounts.passwords.hashing import hash_password, matches, must_rehash
from coderauth.errors import SignInRefused


def prove_password(user: User | None, password: str) -> User:
    """Return the user if this is their password; whoever asked wakes a dormant one.

    Raises SignInRefused in the order of accounts.md 2.1, rows 3 to 6. Always costs one hash.
    """
    if not matches(password, "" if user is None else user.password) or user is None:
        raise SignInRefused("incorrect_credentials")
    if not settings.PASSWORD_AUTH_ENABLED:
        raise SignInRefused("password_auth_disabled")
    if user.login_type != UserLoginType.PASSWORD:
        raise SignInRefused("incorrect_login_type", login_type=user.login_type)
    if user.status == UserStatus.SUSPENDED:
        raise SignInRefused("suspended")
    if must_rehash(user.password):
        _rehash(user, password)
    return user


def _rehash(user: User, password: str) -> None:
    """Store the password with the current cost.

    Of two sign-ins at once one stores it; the other compares again, since it may find another
    password.
    """
    encoded = hash_password(password)
    if User.objects.filter(pk=user.pk, password=user.password).update(password=encoded):
        user.password = encoded
        return
    user.refresh_from_db(fields=["password"])
    if not matches(password, user.password):
        raise SignInRefused("incorrect_credentials")
