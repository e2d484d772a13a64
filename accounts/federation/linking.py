"""Find the account of an identity that a provider signed in (accounts.md 2.21 and 4)."""

import string
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.addresses import is_as_written
from accounts.federation.conversion import (
    STATE_PREFIX,
    conversion_finish,
    conversion_read,
    conversion_require,
)
from accounts.federation.sync import groups_prepare, groups_sync, roles_sync
from accounts.links.provider_sessions import provider_session_store
from accounts.links.storage import AVATAR_CHARACTERS, clean, link_store, require_storable
from accounts.models import User, UserLoginType, UserStatus
from accounts.owners import with_owners
from accounts.people.creation import NewUser, first_user_exists, user_insert
from accounts.people.dormancy import user_wake
from accounts.people.users import tracked
from accounts.providers.identity import Identity, Provider
from accounts.rules import new_username
from audit.records import Attempt, attempt, difference, record
from coderauth.errors import Busy, Conflict, Forbidden, InvalidRequest
from coderauth.http.rules import NAME_BYTES, normalize_display_name
from coderauth.uniqueness import taken_means
from scopes.engine.roles import OWNER
from scopes.keys.minting import plan_session
from scopes.keys.sessions import session_open
from scopes.models import LoginType, Organization
from scopes.organizations.selectors import default_organization
from scopes.standing import people_lock

# Looked up again when somebody else was faster with a name, an address or the account itself.
LOOKUPS = 5
USERNAME_TRIES = 10
SUFFIX_LENGTH = 6
SIGNUPS_DISABLED = "Please contact your Coder administrator to request access."
AUTOMATIC = {"automatic_actor": "coder", "automatic_subsystem": "provider_profile"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the browser brought besides the identity.

    `state` begins with `convert-` when an account is to be converted, and `conversion` is the
    signed cookie that says so. Only who may set the service up becomes its first owner.
    """

    state: str
    conversion: str = field(repr=False)
    address: str
    may_set_up: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A session that an identity opened; `converted` if the account changed its login type."""

    secret: str = field(repr=False)
    converted: bool = False


class _Raced(Exception):
    """What was looked up is no longer true."""


def identity_sign_in(provider: Provider, identity: Identity, arrival: Arrival) -> Session:
    """Find, make or convert the account of an identity, and sign it in.

    All of it happens, or none. Raises DomainError in the order of accounts.md 2.21 and
    4.4.
    """
    require_storable(identity)
    about = {"additional_fields": {"provider": provider.id}}
    with attempt("login", "api_key", **about) as act:
        found = _find(provider, identity)
        _is_about(act, found)
        if not arrival.state.startswith(STATE_PREFIX):
            return Session(_enter(provider, identity, arrival, act))
        if found is None:
            raise _mismatch(provider, identity)
        claims = conversion_read(arrival.conversion)
        whom = claims.user_id
        with attempt("write", "user", actor_id=whom, resource_id=whom, **about) as change:
            conversion_require(claims, arrival.state)
            convert = partial(
                conversion_finish, claims=claims, login_type=provider.login_type, act=change
            )
            return Session(_enter(provider, identity, arrival, act, convert), converted=True)


def _enter(
    provider: Provider,
    identity: Identity,
    arrival: Arrival,
    act: Attempt,
    convert: Callable[[User], None] | None = None,
) -> str:
    """Sign in to the account, after `convert` has changed it; return the session's secret."""
    for _ in range(LOOKUPS):
        try:
            with transaction.atomic():
                groups_prepare(identity)
                user = _lock(provider, identity)
                if convert is not None:
                    if user is None:
                        raise _mismatch(provider, identity)
                    convert(user)
                if user is None:
                    user = _create(provider, identity, arrival)
                    act.action = "register"
                else:
                    _require_entry(provider, user)
                _is_about(act, user)
                secret = _open(provider, identity, arrival, user, act)
                groups_sync(provider, identity, user)
                roles_sync(provider, identity, user)
                return secret
        except (IntegrityError, _Raced):
            act.action = "login"
    raise Busy("provider_busy")


def _open(
    provider: Provider,
    identity: Identity,
    arrival: Arrival,
    user: User,
    act: Attempt,
) -> str:
    """Let a locked account in: activate it, link it, update it, and make its session."""
    if user.status == UserStatus.DORMANT:
        user_wake(user.pk)
        user.status = UserStatus.ACTIVE
    link_store(user=user, provider=provider, identity=identity)
    _mirror(user, identity)
    spec = plan_session(LoginType(provider.login_type), address=arrival.address)
    key, secret = session_open(user_id=user.pk, spec=spec)
    provider_session_store(user=user, key=key, identity=identity)
    act.succeed(status_code=307)
    return secret


def _find(provider: Provider, identity: Identity) -> User | None:
    """Return the account: by the link, which stays, before the address, which may move.

    An address opens only the account that has it as the provider writes it.
    """
    linked = User.objects.living().filter(
        links__login_type=provider.login_type, links__linked_id=identity.linked_id
    )
    if account := linked.first():
        return account
    alike = User.objects.with_email(identity.email).first()
    return alike if alike and is_as_written(alike.email, identity.email) else None


def _lock(provider: Provider, identity: Identity) -> User | None:
    """Lock whose account it is until the transaction ends, and all owners where roles may change.

    Looks the account up again afterwards: a deletion, another address or link may have been faster.
    """
    found = _find(provider, identity)
    if found is None:
        return None
    people_lock(Q(pk=found.pk) if identity.roles is None else with_owners(found.pk))
    row = _find(provider, identity)
    if row != found:
        raise _Raced
    return row


def _is_about(act: Attempt, user: User | None) -> None:
    if user is not None:
        act.actor_id = act.resource_id = user.pk


def _require_entry(provider: Provider, user: User) -> None:
    """Raise Forbidden for an account that signs in another way, or that may not sign in at all."""
    if user.login_type != provider.login_type:
        text = (
            f'Attempting to use login type "{provider.login_type}", '
            f'but the user has the login type "{user.login_type}".'
        )
        if user.login_type == UserLoginType.PASSWORD:
            text += (
                " You can convert your account to use this login type "
                "by visiting your account settings."
            )
        raise Forbidden("other_login_type", text=text)
    if user.status == UserStatus.SUSPENDED:
        raise Forbidden("provider_user_suspended")


def _create(provider: Provider, identity: Identity, arrival: Arrival) -> User:
    """Make an account for the identity; the very first account becomes an owner."""
    organization = default_organization()
    is_first = not first_user_exists()
    if is_first:
        # Two sign-ins that both make the first account wait for each other here, and look again.
        Organization.objects.select_for_update().get(pk=organization.pk)
        is_first = not first_user_exists()
    if is_first and not arrival.may_set_up:
        raise Forbidden("setup_secret_required")
    if not is_first and not provider.allow_signups:
        text = provider.signups_disabled_text or SIGNUPS_DISABLED
        raise Forbidden("signups_disabled", text=text)
    if User.objects.with_email(identity.email).exists():
        raise Conflict("provider_email_taken")
    new = NewUser(
        email=identity.email,
        username=_free_username(identity.username),
        name=identity.name,
        status=UserStatus.ACTIVE,
        login_type=provider.login_type,
        roles=[OWNER] if is_first else [],
    )
    return user_insert(new, [organization])


def _free_username(wanted: str) -> str:
    """Return the username, or a free one like it."""
    candidate = wanted
    for _ in range(1 + USERNAME_TRIES):
        if new_username.accepts(candidate) and not User.objects.with_username(candidate).exists():
            return candidate
        suffix = get_random_string(SUFFIX_LENGTH, string.ascii_lowercase + string.digits)
        stem = wanted[: NAME_BYTES - 1 - SUFFIX_LENGTH].rstrip("-")
        candidate = f"{stem}-{suffix}"
    raise Conflict("usernames_exhausted", username=wanted)


def _mirror(user: User, identity: Identity) -> None:
    """Update an account to what the provider says; the username stays as it is.

    Raises Conflict when another account has the address.
    """
    avatar = clean(identity.avatar_url)
    says = {
        "email": identity.email,
        "name": normalize_display_name(identity.name),
        "avatar_url": avatar if len(avatar) <= AVATAR_CHARACTERS else "",
        "github_com_user_id": identity.github_com_user_id or user.github_com_user_id,
    }
    if all(getattr(user, name) == value for name, value in says.items()):
        return
    before = tracked(user)
    for name, value in {**says, "updated_at": timezone.now()}.items():
        setattr(user, name, value)
    with taken_means(Conflict("provider_email_taken")), transaction.atomic():
        user.save(update_fields=[*says, "updated_at"])
    changes = difference(before, tracked(user))
    if changes:
        record(
            action="write",
            resource_type="user",
            resource_id=user.pk,
            resource_target=user.username,
            actor_id=user.pk,
            diff=changes,
            additional_fields=AUTOMATIC,
        )


def _mismatch(provider: Provider, identity: Identity) -> InvalidRequest:
    return InvalidRequest(
        "conversion_email_mismatch", provider=str(provider.login_type), email=identity.email
    )
