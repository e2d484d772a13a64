"""What a new key may be: scopes, allow list, lifetime, and the mint rule.

The mint rule: a key never issues, widens or extends a key beyond itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from audit.records import Origin
from coderauth.durations import format_duration, to_nanoseconds
from coderauth.errors import Forbidden, InvalidRequest, Validation
from coderauth.http.client import NO_ADDRESS
from coderauth.random_names import random_name
from scopes.actors import Actor
from scopes.callers import EVERYTHING, Caller
from scopes.engine import allow_list as allow_lists
from scopes.engine.catalog import FULL, canonical, is_public, scopes_cover
from scopes.engine.roles import OWNER
from scopes.keys.ceilings import Ceiling, ceiling_of, ceilings_lock
from scopes.keys.fresh import require_fresh
from scopes.models import Key, LoginType
from scopes.people import Person, is_self

MAX_NAME = 255
# It has another meaning where a token's name is part of a path.
CONFIGURATION = "tokenconfig"
MAX_SCOPES = 128


@dataclass(frozen=True, slots=True)
class TokenWish:
    """The key that a caller asks for, as sent; `lifetime` is in nanoseconds, 0 for the default."""

    name: str = ""
    scope: str = ""
    scopes: Sequence[str] = ()
    allow_list: Sequence[str] = ()
    lifetime: int = 0
    # Whether use moves the end; None: as the deployment has it.
    renews: bool | None = None
    # The id that the key gets; made up if empty. From a form that was signed, never as sent.
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class KeySpec:
    """The key to make; everything in it has been checked."""

    login_type: LoginType
    lifetime: timedelta
    name: str = ""
    scopes: tuple[str, ...] = (FULL,)
    allow_list: tuple[str, ...] = (EVERYTHING,)
    not_after: datetime | None = None
    renews: bool = True
    parent_id: str | None = None
    ip_address: str = NO_ADDRESS
    # Of a session: how its user came in, and with which browser.
    way: str = ""
    user_agent: str = ""
    key_id: str = ""


def plan_token(caller: Actor, user: Person, wish: TokenWish) -> KeySpec:
    """Return the token that a wish describes, within what the caller's own key reaches.

    Raises InvalidRequest for what no key can be, Forbidden for what the caller's own key does not
    hold, and for what is above a ceiling. Must run in the transaction that makes the token.
    """
    _refuse_unusable(wish)
    scopes, allowed = _scopes(wish), _allow_list(wish)
    if FULL in scopes or not is_self(caller, user):
        require_fresh(caller)
    ceilings_lock()
    ceiling = ceiling_of(user)
    ceiling.refuse_scopes(scopes)
    spec = KeySpec(
        login_type=LoginType.TOKEN,
        scopes=scopes,
        allow_list=allowed,
        lifetime=_lifetime(wish, user, ceiling),
        name=wish.name or random_name("_", digits=1),
        not_after=_not_after(caller),
        renews=_renews(wish, ceiling),
        parent_id=_parent(caller),
        key_id=wish.key_id,
    )
    _refuse_beyond(caller, spec.scopes, spec.allow_list, spec.lifetime if wish.lifetime else None)
    ceiling.refuse_number(user)
    return spec


def narrower_scopes(names: Sequence[str]) -> tuple[str, ...]:
    """Return scopes as they are stored, each once; raises InvalidRequest for an unknown one."""
    for name in names:
        if not is_public(name):
            raise InvalidRequest("unsupported_scope", scope=name)
    return tuple(dict.fromkeys(map(canonical, names)))


def plan_rotation(caller: Actor, key: Key, scopes: Sequence[str]) -> Ceiling:
    """Return the ceiling within which a key gets a new secret, and perhaps fewer scopes.

    Raises Forbidden for a key above it, and for a narrowed caller that did not make the key.
    """
    _refuse_rotation_beyond(caller, key)
    ceilings_lock()
    ceiling = ceiling_of(key.user)
    ceiling.refuse_scopes(scopes or key.scopes)
    return ceiling


def _refuse_rotation_beyond(caller: Actor, key: Key) -> None:
    """Raise Forbidden when a narrowed key would give a new secret to a key that it did not make."""
    if not isinstance(caller, Caller) or not caller.is_narrowed:
        return
    own = Key.objects.filter(pk=caller.key_id).with_made()
    if not own.filter(pk=key.pk).exists():
        raise Forbidden("rotation_beyond_own_key")


def grace_of(nanoseconds: int | None) -> timedelta:
    """Return how long an old secret works on; raises InvalidRequest beyond the longest grace."""
    if nanoseconds is None:
        grace: timedelta = settings.ROTATION_GRACE
        return grace
    longest = to_nanoseconds(settings.MAX_ROTATION_GRACE)
    if not 0 <= nanoseconds <= longest:
        raise InvalidRequest("grace_out_of_range", maximum=format_duration(longest))
    return timedelta(microseconds=nanoseconds // 1000)


def plan_session(login_type: LoginType, *, address: str) -> KeySpec:
    """Return the key of a sign-in, which use prolongs, but not for ever."""
    return KeySpec(
        login_type=login_type,
        lifetime=settings.SESSION_DURATION,
        ip_address=address,
        not_after=_session_end(),
        way=login_type.value,
        user_agent=Origin.current().user_agent,
    )


def plan_session_key(caller: Actor, way: str, key_id: str = "") -> KeySpec:
    """Return a key like that of a sign-in, but with the default token lifetime."""
    _refuse_beyond(caller, (FULL,), (EVERYTHING,), None)
    return KeySpec(
        login_type=LoginType.PASSWORD,
        lifetime=settings.DEFAULT_TOKEN_LIFETIME,
        not_after=min(filter(None, [_not_after(caller), _session_end()]), default=None),
        way=way,
        user_agent=Origin.current().user_agent,
        key_id=key_id,
    )


def _session_end() -> datetime | None:
    """Return when a session that begins now must end (ASVS 5.0 7.3.2); None: never."""
    longest: timedelta | None = settings.MAX_SESSION_LIFETIME
    return timezone.now() + longest if longest else None


def maximum_lifetime(user: Person) -> timedelta:
    """Return how long a token of this user may live; owners have a maximum of their own."""
    longest: timedelta = (
        settings.MAX_ADMIN_TOKEN_LIFETIME
        if OWNER in user.site_roles
        else settings.MAX_TOKEN_LIFETIME
    )
    return longest


def _refuse_unusable(wish: TokenWish) -> None:
    """Refuse what is too large for a row that every request reads, and names no path can reach."""
    if len(wish.name) > MAX_NAME:
        raise _invalid("token_name", f"A token name has at most {MAX_NAME} characters.")
    # Clients and proxies remove such steps from a path before it arrives here.
    is_lost = not {"", ".", ".."}.isdisjoint(wish.name.split("/"))
    if wish.name and (is_lost or wish.name == CONFIGURATION):
        raise _invalid("token_name", "A token of this name could not be found by its name.")
    if len(wish.scopes) > MAX_SCOPES:
        raise _invalid("scopes", f"A key has at most {MAX_SCOPES} scopes.")


def _invalid(field: str, reason: str) -> InvalidRequest:
    return InvalidRequest("validation_failed", validations=[Validation(field, reason)])


def _scopes(wish: TokenWish) -> tuple[str, ...]:
    wanted = list(wish.scopes) or [wish.scope or FULL]
    code = "unsupported_scope" if wish.scopes else "invalid_scope"
    for name in wanted:
        if not is_public(name):
            raise InvalidRequest(code, scope=name)
    return tuple(canonical(name) for name in wanted)


def _allow_list(wish: TokenWish) -> tuple[str, ...]:
    if len(wish.allow_list) > allow_lists.MAX_ENTRIES:
        raise InvalidRequest(
            "allow_list_too_long",
            entries=len(wish.allow_list),
            maximum=allow_lists.MAX_ENTRIES,
        )
    try:
        entries = [allow_lists.parse(text) for text in wish.allow_list]
    except allow_lists.AllowListError as error:
        raise InvalidRequest("invalid_json", detail=str(error)) from error
    normal = allow_lists.normalize(entries)
    return tuple(f"{kind}:{identifier}" for kind, identifier in normal) or (EVERYTHING,)


def _lifetime(wish: TokenWish, user: Person, ceiling: Ceiling) -> timedelta:
    if wish.lifetime == 0:
        default: timedelta = settings.DEFAULT_TOKEN_LIFETIME
        is_lower = ceiling.max_lifetime < maximum_lifetime(user)
        return min(default, ceiling.max_lifetime) if is_lower else default
    if wish.lifetime < 0:
        raise InvalidRequest("lifetime_not_positive")
    longest = to_nanoseconds(maximum_lifetime(user))
    if wish.lifetime > longest:
        raise InvalidRequest("lifetime_too_long", maximum=format_duration(longest))
    wanted = timedelta(microseconds=wish.lifetime // 1000)
    ceiling.refuse_lifetime(wanted)
    return wanted


def _renews(wish: TokenWish, ceiling: Ceiling) -> bool:
    if ceiling.fixed_ends and wish.renews:
        reason = f"{ceiling.sources['fixed_ends']} fixes the ends of tokens."
        raise Forbidden("above_ceiling", reason=reason)
    return not ceiling.fixed_ends and wish.renews is not False


def _not_after(caller: Actor) -> datetime | None:
    return caller.expires_at if caller.is_narrowed else caller.not_after


def _parent(caller: Actor) -> str | None:
    """Return the key with which a new one ends: a narrowed key ends all keys that it made.

    Other keys do not: tokens are made in a browser's session, and outlive it.
    """
    return caller.key_id if isinstance(caller, Caller) and caller.is_narrowed else None


def _refuse_beyond(
    caller: Actor,
    scopes: Sequence[str],
    allowed: Sequence[str],
    lifetime: timedelta | None,
) -> None:
    """Refuse a key that could do more, or longer, than the narrowed key that asks for it."""
    if not caller.is_narrowed:
        return
    beyond = scopes_cover(caller.scopes, scopes)
    if beyond:
        raise Forbidden("beyond_own_key", reason=f"it does not hold {', '.join(beyond)}.")
    held = [allow_lists.parse(entry) for entry in caller.allow_list]
    if not allow_lists.covers(held, [allow_lists.parse(entry) for entry in allowed]):
        raise Forbidden("beyond_own_key", reason="its allow list is narrower than the new one.")
    if lifetime is not None and timezone.now() + lifetime > caller.expires_at:
        raise Forbidden("beyond_own_key", reason="it expires before the new one would.")
