"""Make people, suspend and activate them, and change their site roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.links.storage import roles_are_synced
from accounts.models import User, UserLoginType, UserStatus
from accounts.owners import lock_user, lock_with_owners, require_may_touch
from accounts.passwords.hashing import hash_password, require_strong
from audit.records import Attempt, attempt, difference, record
from coderauth.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    Validation,
)
from coderauth.http.rules import normalize_display_name
from scopes.assignment import plan_site_roles
from scopes.callers import Caller
from scopes.engine.decision import NIL_UUID, Object, decide
from scopes.models import Membership, Organization
from scopes.organizations.selectors import default_organization, organization_object
from scopes.people import OWNER, is_self, user_object

MISSING_ORGANIZATION = Validation("organization_ids", "Missing values, this cannot be empty")


@dataclass(frozen=True, slots=True)
class NewUser:
    """The account to create; its syntax has been checked."""

    email: str
    username: str
    name: str = ""
    password: str = ""
    login_type: str = UserLoginType.PASSWORD
    status: str = UserStatus.DORMANT
    organization_ids: Sequence[UUID] = ()


def first_user_exists() -> bool:
    return User.objects.living().exists()


def first_user_create(new: NewUser) -> tuple[User, Organization]:
    """Make the first owner of an empty installation, in the default organization.

    Of two calls at the same instant one wins: both wait for the lock on that organization.
    Raises Conflict when there is a user already, InvalidRequest for a weak password.
    """
    if first_user_exists():
        raise Conflict("first_user_exists")
    require_strong(new.password, "weak_password")
    encoded = hash_password(new.password)
    organization = default_organization()
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        if first_user_exists():
            raise Conflict("first_user_exists")
        user = User.objects.create(
            email=new.email,
            username=new.username,
            name=normalize_display_name(new.name),
            password=encoded,
            status=UserStatus.ACTIVE,
            site_roles=[OWNER],
        )
        Membership.objects.create(user=user, organization=organization)
    return user, organization


def user_create(*, caller: Caller, new: NewUser) -> User:
    """Make an account that belongs to organizations; raises in the order of accounts.md 2.9."""
    if new.password and new.login_type != UserLoginType.PASSWORD:
        raise InvalidRequest("password_for_other_login_type", login_type=new.login_type)
    if new.login_type == UserLoginType.PASSWORD and not settings.PASSWORD_AUTH_ENABLED:
        raise Forbidden("password_users_disabled")
    if not new.organization_ids:
        raise InvalidRequest("no_organization", validations=[MISSING_ORGANIZATION])
    _refuse_taken(caller, new)
    organizations = _organizations(caller, new.organization_ids)
    require_way_in(new)
    _require_may_create(caller, organizations)
    encoded = hash_password(new.password) if new.password else ""
    try:
        return user_insert(new, encoded, organizations, actor_id=caller.id)
    except IntegrityError as error:  # Somebody has taken the name since we looked.
        raise Conflict("user_exists") from error


def user_insert(
    new: NewUser,
    encoded: str,
    organizations: Sequence[Organization],
    *,
    actor_id: str | None,
    roles: Sequence[str] = (),
) -> User:
    """Store an account and record it; checks no permission. Raises IntegrityError."""
    with transaction.atomic():
        user = User.objects.create(
            email=new.email,
            username=new.username,
            name=normalize_display_name(new.name),
            password=encoded,
            login_type=new.login_type,
            status=new.status,
            site_roles=list(roles),
        )
        Membership.objects.bulk_create(
            Membership(user=user, organization=organization) for organization in organizations
        )
        record(
            action="create",
            actor_id=actor_id,
            resource_type="user",
            resource_id=user.pk,
            resource_target=user.username,
            status_code=201,
            diff=difference({}, tracked(user)),
        )
    return user


def _refuse_taken(caller: Caller, new: NewUser) -> None:
    """Raise Conflict when the caller can see who has the name or the address.

    For other callers a taken name must look like a free one; `_require_may_create` refuses both.
    """
    for found in (User.objects.with_username(new.username), User.objects.with_email(new.email)):
        taken = found.first()
        if taken is not None and decide(caller.subject, "read", user_object(taken.pk)):
            raise Conflict("user_exists")


def _organizations(caller: Caller, identifiers: Sequence[UUID]) -> list[Organization]:
    wanted = [
        default_organization().pk if str(identifier) == NIL_UUID else identifier
        for identifier in dict.fromkeys(identifiers)
    ]
    found = {row.pk: row for row in Organization.objects.filter(pk__in=wanted)}
    for identifier in wanted:
        row = found.get(identifier)
        if row is None or not decide(caller.subject, "read", organization_object(row)):
            raise NotFound("unknown_organization", organization=identifier)
    return [found[identifier] for identifier in dict.fromkeys(wanted)]


def require_way_in(new: NewUser) -> None:
    """Raise InvalidRequest for a weak password and for an unusable login type."""
    if new.login_type == UserLoginType.PASSWORD:
        require_strong(new.password, "weak_password")
    elif new.login_type == UserLoginType.OIDC:
        if not settings.OIDC_PROVIDERS:
            raise InvalidRequest("oidc_not_configured")
    elif new.login_type not in {UserLoginType.NONE, UserLoginType.GITHUB}:
        raise InvalidRequest("unsupported_login_type", login_type=new.login_type)


def _require_may_create(caller: Caller, organizations: Sequence[Organization]) -> None:
    allowed = decide(caller.subject, "assign", Object(type="assign_role")) and decide(
        caller.subject, "create", Object(type="user")
    )
    for organization in organizations:
        within = str(organization.pk)
        allowed = (
            allowed
            and decide(
                caller.subject, "assign", Object(type="assign_org_role", organization=within)
            )
            and decide(
                caller.subject, "create", Object(type="organization_member", organization=within)
            )
        )
    if not allowed:
        raise Forbidden("may_not_create_users")


def site_roles_replace(*, caller: Caller, user: Any, roles: Sequence[str]) -> User:
    """Replace a user's site roles; raises in the order of accounts.md 2.14."""
    with attempt("write", "user", **about(caller, user)) as act:
        _require_others(caller, user)
        with transaction.atomic():
            row, other_owners = lock_with_owners(user.pk)
            wanted = plan_site_roles(caller, row.site_roles, roles)
            require_may_touch(caller, row)
            store_roles(row, wanted, other_owners, act)
    return row


def store_roles(row: User, wanted: list[str], other_owners: list[User], act: Attempt) -> None:
    """Store the site roles of a locked user; raises InvalidRequest for the last active owner."""
    if row.is_owner and OWNER not in wanted and not other_owners:
        raise InvalidRequest("last_owner")
    before = tracked(row)
    row.site_roles = wanted
    row.save(update_fields=["site_roles"])
    act.succeed(diff=difference(before, tracked(row)))


def require_others_roles(caller: Caller, user: Any) -> None:
    """Raise InvalidRequest for the caller's own roles, and for roles that a provider decides.

    Nobody locks themselves out or promotes themselves.
    """
    with attempt("write", "user", **about(caller, user)):
        _require_others(caller, user)


def _require_others(caller: Caller, user: Any) -> None:
    if roles_are_synced(user):
        raise InvalidRequest("roles_synced")
    if is_self(caller, user):
        raise InvalidRequest("own_roles")


def status_set(*, caller: Caller, user: Any, status: UserStatus) -> User:
    """Suspend or activate a user; keys stay, and work again after activation.

    Raises InvalidRequest for oneself and for an owner, NotFound without the permission.
    """
    with attempt("write", "user", **about(caller, user)) as act:
        if status == UserStatus.SUSPENDED:
            if is_self(caller, user):
                raise InvalidRequest("suspend_self")
            if OWNER in user.site_roles:
                raise InvalidRequest("suspend_owner")
        if not decide(caller.subject, "update", user_object(user.pk)):
            raise NotFound("not_found")
        require_may_touch(caller, user)
        with transaction.atomic():
            row = lock_user(user.pk)
            store_status(row, status, act)
    return row


def store_status(row: User, status: UserStatus, act: Attempt) -> None:
    """Store the status of a locked user; raises InvalidRequest for the suspension of an owner."""
    if status == UserStatus.SUSPENDED and row.is_owner:
        raise InvalidRequest("suspend_owner")
    before = tracked(row)
    row.status = status
    row.updated_at = timezone.now()
    row.save(update_fields=["status", "updated_at"])
    act.succeed(diff=difference(before, tracked(row)))


def about(caller: Caller, user: Any) -> dict[str, Any]:
    """Return what an audit entry says about an act on a user."""
    return {"actor_id": caller.id, "resource_id": user.pk, "resource_target": user.username}


def tracked(user: User) -> dict[str, Any]:
    """Return what the audit keeps about a user (accounts.md 1.18)."""
    return {
        "id": str(user.pk),
        "email": user.email,
        "username": user.username,
        "name": user.name,
        "status": str(user.status),
        "rbac_roles": list(user.site_roles),
        "login_type": str(user.login_type),
        "deleted": user.is_deleted,
    }
