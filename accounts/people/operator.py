"""Acts on accounts by the operator of the machine, without a caller and without permissions."""

from collections.abc import Sequence
from secrets import token_urlsafe

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User, UserLoginType, UserStatus
from accounts.owners import lock_user, lock_with_owners
from accounts.passwords.change import store_password
from accounts.passwords.hashing import hash_password, require_strong
from accounts.people.deletion import mark_deleted
from accounts.people.users import (
    NewUser,
    require_way_in,
    store_roles,
    store_status,
    tracked,
    user_insert,
)
from audit.records import Attempt, difference, record
from coderauth.errors import Conflict, Forbidden, InvalidRequest
from coderauth.http.rules import normalize_display_name
from scopes.engine.roles import SITE_ROLES
from scopes.models import Membership, Organization
from scopes.organizations.selectors import default_organization
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
                name=normalize_display_name(name),
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
    """Set a user's password without the old one, and end their passcode and all their keys.

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


def account_create(
    *, new: NewUser, organizations: Sequence[Organization], roles: Sequence[str] = ()
) -> User:
    """Make an account with site roles; raises as `user_create`, but for permissions."""
    if new.password and new.login_type != UserLoginType.PASSWORD:
        raise InvalidRequest("password_for_other_login_type", login_type=new.login_type)
    if new.login_type == UserLoginType.PASSWORD and not settings.PASSWORD_AUTH_ENABLED:
        raise Forbidden("password_users_disabled")
    require_way_in(new)
    wanted = _known(roles)
    encoded = hash_password(new.password) if new.password else ""
    try:
        return user_insert(new, encoded, organizations, actor_id=None, roles=wanted)
    except IntegrityError as error:
        raise Conflict("user_exists") from error


def account_status_set(*, user: User, status: UserStatus) -> User:
    """Suspend or activate a user; raises InvalidRequest for the suspension of an owner."""
    with transaction.atomic():
        row = lock_user(user.pk)
        store_status(row, status, _act("write", user))
    return row


def account_delete(*, user: User) -> None:
    """Mark a user as deleted and end their keys; raises InvalidRequest for the last owner."""
    with transaction.atomic():
        row, other_owners = lock_with_owners(user.pk)
        mark_deleted(row, other_owners, _act("delete", user))


def account_roles_set(*, user: User, roles: Sequence[str]) -> User:
    """Replace a user's site roles; raises InvalidRequest for an unknown one or the last owner.

    The operator may hand out every role.
    """
    wanted = _known(roles)
    with transaction.atomic():
        row, other_owners = lock_with_owners(user.pk)
        store_roles(row, wanted, other_owners, _act("write", user))
    return row


def _known(roles: Sequence[str]) -> list[str]:
    for role in roles:
        if role not in SITE_ROLES:
            raise InvalidRequest("unsupported_role", role=role)
    return list(dict.fromkeys(roles))


def _act(action: str, user: User) -> Attempt:
    return Attempt(action, "user", resource_id=user.pk, resource_target=user.username)


def random_password() -> str:
    """Return a password of 144 random bits that passes the strength rule."""
    return token_urlsafe(18)
