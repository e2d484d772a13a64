"""What the operator of the machine may do to accounts: there is no caller, and no permission."""

from secrets import token_urlsafe

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User, UserLoginType, UserStatus
from accounts.password_change import store_password
from accounts.passwords import hash_password, require_strong
from accounts.users import tracked
from audit.records import Attempt, difference, record
from coderauth.errors import Conflict, Forbidden, InvalidRequest
from coderauth.http.rules import normalize_real_name
from scopes.models import Membership
from scopes.organizations import default_organization
from scopes.people import OWNER


def admin_create(*, email: str, username: str, password: str, name: str = "") -> User:
    """Make an owner in the default organization, whether or not there are others.

    Raises InvalidRequest for a weak password, Conflict for a taken name or address, Forbidden
    when the deployment has switched passwords off.
    """
    if not settings.PASSWORD_AUTH_ENABLED:
        raise Forbidden("password_users_disabled")
    require_strong(password, "weak_password")
    encoded = hash_password(password)
    organization = default_organization()
    try:
        with transaction.atomic():
            user = User.objects.create(
                email=email,
                username=username,
                name=normalize_real_name(name),
                password=encoded,
                status=UserStatus.ACTIVE,
                site_roles=[OWNER],
            )
            Membership.objects.create(user=user, organization=organization)
            record(
                action="create",
                resource_type="user",
                resource_id=user.pk,
                resource_target=user.username,
                status_code=201,
                diff=difference({}, tracked(user)),
            )
    except IntegrityError as error:
        raise Conflict("user_exists") from error
    return user


def password_set(*, user: User, password: str) -> None:
    """Set somebody's password without the old one, and end an open passcode and all their keys.

    Raises InvalidRequest for a weak password, an account that signs in elsewhere, and when the
    password was changed at the same moment.
    """
    if user.login_type != UserLoginType.PASSWORD:
        raise InvalidRequest("not_a_password_user")
    require_strong(password)
    encoded = hash_password(password)
    act = Attempt("write", "user", resource_id=user.pk, resource_target=user.username)
    with transaction.atomic():
        store_password(user.pk, encoded, act, replaces=user.password)


def random_password() -> str:
    """Return a password of 144 random bits that passes the strength rule."""
    return token_urlsafe(18)
