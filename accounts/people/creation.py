"""Make people: the first one, those that a caller makes, and those that a provider signs up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User, UserLoginType, UserStatus
from accounts.passwords.hashing import hash_password, require_strong
from accounts.people.users import tracked
from audit.records import Attempt, difference
from coderauth.errors import Conflict, Forbidden, InvalidRequest, NotFound, Validation
from coderauth.http.rules import normalize_display_name
from coderauth.uniqueness import taken_means
from scopes.actors import Actor
from scopes.assignment import IMPLIED, plan_site_roles
from scopes.engine.decision import NIL_UUID, Object, decide
from scopes.engine.roles import OWNER
from scopes.models import Membership, Organization
from scopes.organizations.selectors import default_organization, organization_object
from scopes.people import user_object
from scopes.standing import hold, standing

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
    roles: Sequence[str] = ()
    is_service_account: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What a password must not consist of."""
        return self.email, self.username, self.name


def first_user_exists() -> bool:
    return User.objects.living().exists()


def first_user_create(new: NewUser) -> tuple[User, Organization]:
    """Make the first owner of an empty installation, in the default organization.

    Of two calls at the same instant one wins: both wait for the lock on that organization.
    Raises Conflict when there is a user already, InvalidRequest for a weak password.
    """
    if first_user_exists():
        raise Conflict("first_user_exists")
    require_strong(new.password, about=new.names, code="weak_password")
    encoded = hash_password(new.password)
    organization = default_organization()
    owner = replace(new, status=UserStatus.ACTIVE, roles=[OWNER])
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        if first_user_exists():
            raise Conflict("first_user_exists")
        user = user_insert(owner, [organization], encoded=encoded)
    return user, organization


def user_create(*, caller: Actor, new: NewUser) -> User:
    """Make an account that belongs to organizations; raises in the order of accounts.md 2.9."""
    _judge(caller, new)
    encoded = hash_password(new.password) if new.password else ""
    act = Attempt("create", "user", resource_target=new.username, actor_id=caller.id)
    # Somebody may have taken the name since we looked.
    with taken_means(Conflict("user_exists")), transaction.atomic():
        hold(Organization.objects.filter(pk__in=new.organization_ids))
        with standing(caller) as caller:
            roles, organizations = _judge(caller, new)
            user = user_insert(replace(new, roles=roles), organizations, encoded=encoded)
            act.resource_id = user.pk
            act.succeed(status_code=201, diff=difference({}, tracked(user)))
    return user


def _judge(caller: Actor, new: NewUser) -> tuple[list[str], list[Organization]]:
    """Return the roles and organizations that the caller may give; raises as `user_create`."""
    if new.is_service_account:
        _require_no_way_in(new)
    if new.password and new.login_type != UserLoginType.PASSWORD:
        raise InvalidRequest("password_for_other_login_type", login_type=new.login_type)
    if new.login_type == UserLoginType.PASSWORD and not settings.PASSWORD_AUTH_ENABLED:
        raise Forbidden("password_users_disabled")
    if not new.organization_ids:
        raise InvalidRequest("no_organization", validations=[MISSING_ORGANIZATION])
    _refuse_taken(caller, new)
    organizations = _organizations(caller, new.organization_ids)
    _require_way_in(new)
    _require_may_create(caller, organizations)
    return plan_site_roles(caller, (IMPLIED,), new.roles), organizations


def user_insert(new: NewUser, organizations: Sequence[Organization], *, encoded: str = "") -> User:
    """Store an account with the hash of its password, and its memberships; checks no permission.

    Must run in the transaction that records it. Raises IntegrityError for a name or address that
    is taken.
    """
    user = User.objects.create(
        email=new.email,
        username=new.username,
        name=normalize_display_name(new.name),
        password=encoded,
        login_type=new.login_type,
        status=new.status,
        site_roles=list(new.roles),
        is_service_account=new.is_service_account,
    )
    Membership.objects.bulk_create(
        Membership(user=user, organization=organization) for organization in organizations
    )
    return user


def _refuse_taken(caller: Actor, new: NewUser) -> None:
    """Raise Conflict when the caller can see who has the name or the address.

    For other callers a taken name must look like a free one; `_require_may_create` refuses both.
    """
    for found in (User.objects.with_username(new.username), User.objects.with_email(new.email)):
        taken = found.first()
        if taken is not None and decide(caller.subject, "read", user_object(taken.pk)):
            raise Conflict("user_exists")


def _organizations(caller: Actor, identifiers: Sequence[UUID]) -> list[Organization]:
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


def _require_way_in(new: NewUser) -> None:
    """Raise InvalidRequest for a weak password and for an unusable login type."""
    if new.login_type == UserLoginType.PASSWORD:
        require_strong(new.password, about=new.names, code="weak_password")
    elif new.login_type == UserLoginType.OIDC:
        if not settings.OIDC_PROVIDERS:
            raise InvalidRequest("oidc_not_configured")
    elif new.login_type not in {UserLoginType.NONE, UserLoginType.GITHUB}:
        raise InvalidRequest("unsupported_login_type", login_type=new.login_type)


def _require_no_way_in(new: NewUser) -> None:
    """Raise InvalidRequest for what no service account has."""
    if new.email or new.password:
        raise InvalidRequest("service_account_with_address")
    if new.login_type != UserLoginType.NONE:
        raise InvalidRequest("service_account_signs_in", login_type=new.login_type)
    if OWNER in new.roles:
        raise InvalidRequest("service_account_owner")


def _require_may_create(caller: Actor, organizations: Sequence[Organization]) -> None:
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
