"""Keys: issue, verify, refresh, expire, revoke. The only module that ever sees a key's secret."""

import logging
import secrets
import string
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from audit.records import Attempt, attempt, difference
from coderauth.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    Validation,
)
from coderauth.http.times import format_time
from scopes.callers import PROVIDER_LOGINS, Caller, find_caller
from scopes.engine.decision import Object, decide
from scopes.keys.minting import KeySpec, TokenWish, plan_session_key, plan_token, random_name
from scopes.keys.use import note_use
from scopes.models import Key
from scopes.people import Person, wake_dormant

logger = logging.getLogger(__name__)

Issued = TypeVar("Issued")

ID_LENGTH, SECRET_LENGTH = 10, 22
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Refusals of `verify` that a guesser earns; doors count them.
GUESSES = frozenset({"unknown_key", "wrong_secret"})
# Compared when the id is unknown, so that an unknown id costs what a wrong secret costs.
_NOBODY = bytes(32)


def key_object(key: Key) -> Object:
    return Object(type="api_key", id=key.pk, owner=str(key.user_id))


def key_find(key_id: str) -> Key | None:
    """Return a key by its id, whoever asks; a text that is no id costs no query."""
    return Key.objects.filter(pk=key_id).first() if key_id_is_possible(key_id) else None


def key_id_is_possible(text: str) -> bool:
    """Say whether a text could be the id of a key."""
    return len(text) == ID_LENGTH and text.isascii() and text.isalnum()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def key_insert(*, user_id: UUID | str, spec: KeySpec) -> tuple[Key, str]:
    """Store a new key and return it with its one-time secret token; asks no permission.

    Must run in the transaction that decided it. Raises InvalidRequest for a deleted user and
    Conflict for a taken token name.
    """
    now = timezone.now()
    users = get_user_model()._default_manager
    # The lock makes a deletion or a password change wait, or makes us see it.
    if not users.select_for_update().filter(pk=user_id, is_deleted=False).exists():
        raise InvalidRequest("unknown_user", user=user_id)
    identifier, secret = _random(ID_LENGTH), _random(SECRET_LENGTH)
    expires_at, not_after = now + spec.lifetime, spec.not_after
    if not_after is not None:
        expires_at = min(expires_at, not_after)
    seconds = int(spec.lifetime.total_seconds())
    if not seconds:
        # Recorded as a day, as upstream does; without a limit the first use would make it one.
        seconds, not_after = 86_400, expires_at
    key = Key(
        id=identifier,
        hashed_secret=sha256(secret.encode()).digest(),
        user_id=user_id,
        login_type=spec.login_type,
        name=spec.name,
        scopes=list(spec.scopes),
        allow_list=list(spec.allow_list),
        lifetime_seconds=seconds,
        ip_address=spec.ip_address,
        expires_at=expires_at,
        not_after=not_after,
        created_at=now,
        updated_at=now,
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(
            "token_name_taken",
            name=spec.name,
            validations=[Validation("name", "This value is already in use and should be unique.")],
        ) from error
    return key, f"{identifier}-{secret}"


def verify(token: str, *, address: str) -> Caller:
    """Return who a presented token belongs to, and keep the key fresh.

    Costs one statement and a hash; a second one at most once an hour. Raises Unauthenticated with
    the code of the first of the reasons of accounts.md 1.9 that applies, Busy when too many wait
    for a provider.
    """
    key_id, secret = _split(token)
    try:
        caller = find_caller(key_id)
    except DatabaseError as error:
        logger.exception("Cannot look up a key")
        raise Unauthenticated("store_failure") from error
    digest = sha256(secret.encode()).digest()
    matches = compare_digest(digest, _NOBODY if caller is None else bytes(caller.hashed_secret))
    if caller is None:
        raise Unauthenticated("unknown_key")
    if not matches:
        raise Unauthenticated("wrong_secret")
    now = timezone.now()
    expires_at = caller.expires_at
    if expires_at < now:
        raise Unauthenticated("expired_key", expired_at=format_time(expires_at))
    if caller.key_login_type in PROVIDER_LOGINS:
        _require_provider_session(caller, now)
    note_use(caller, expires_at, now, address)
    if caller.status == "dormant":
        wake_dormant(caller.id, now=now)
        caller.status = "active"
    if caller.status != "active":
        raise Unauthenticated("inactive_user", status=caller.status)
    return caller


def _require_provider_session(caller: Caller, now: datetime) -> None:
    """Refuse a provider's session without a link, or with one whose tokens cannot be renewed.

    Renewing costs a call of the provider; the key lives no longer for it.
    """
    link = caller.link
    if link is None:
        raise Unauthenticated("unlinked_key")
    if link.expires_at is not None and link.expires_at < now:
        import_string(settings.PROVIDER_SESSION_RENEWAL)(link.id)


def _split(token: str) -> tuple[str, str]:
    parts = token.split("-")
    if len(parts) != 2:
        reason = f"incorrect amount of API key parts, expected 2 got {len(parts)}"
    elif len(parts[0]) != ID_LENGTH:
        reason = f"invalid API key ID length, expected {ID_LENGTH} got {len(parts[0])}"
    elif len(parts[1]) != SECRET_LENGTH:
        reason = f"invalid API key secret length, expected {SECRET_LENGTH} got {len(parts[1])}"
    elif not token.isascii() or "\x00" in token:
        raise Unauthenticated("unknown_key")
    else:
        return parts[0], parts[1]
    raise Unauthenticated("malformed_token", reason=reason)


def token_issue(*, caller: Caller, user: Person, wish: TokenWish, address: str) -> str:
    """Make an API token for a user and return its secret, shown this once.

    Raises InvalidRequest for a wish that cannot be met, Forbidden when the caller or the caller's
    key may not, Conflict for a taken name.
    """
    spec = plan_token(caller, user, wish)
    return with_free_name(wish, spec, lambda named: _issue(caller, user, named, address))


def with_free_name(wish: TokenWish, spec: KeySpec, store: Callable[[KeySpec], Issued]) -> Issued:
    """Store a token, by another name if nobody chose this one and it is taken."""
    try:
        return store(spec)
    except Conflict:
        if wish.name:
            raise
        return store(replace(spec, name=random_name(digits=6)))


def session_key_issue(*, caller: Caller, user: Person, address: str) -> str:
    """Make an unnamed key with the full scope and the default lifetime (authorization.md 3.5)."""
    return _issue(caller, user, plan_session_key(caller), address)


def _issue(caller: Caller, user: Person, spec: KeySpec, address: str) -> str:
    if not decide(caller.subject, "create", Object(type="api_key", owner=str(user.pk))):
        raise Forbidden("may_not_create_keys")
    with transaction.atomic():
        key, secret = key_insert(user_id=user.pk, spec=replace(spec, ip_address=address))
        _require_standing(caller)
        record_creation(key, actor_id=caller.id)
    return secret


def record_creation(key: Key, *, actor_id: str | None) -> None:
    about = Attempt("create", "api_key", **key_about(key), actor_id=actor_id)
    about.succeed(status_code=201, diff=difference({}, tracked(key)))


def _require_standing(caller: Caller) -> None:
    """Refuse when the caller's key ended since it was verified.

    Without it a request that overlaps a password change would leave a key that outlives it.
    """
    keys = Key.objects.select_for_update().unexpired(timezone.now())
    if not keys.filter(pk=caller.key_id).exists():
        raise Unauthenticated("unknown_key")


def key_revoke(*, caller: Caller, key_id: str) -> None:
    """End a key at once. Raises NotFound when it is gone or the caller may not delete it."""
    key = key_find(key_id)
    if key is None:
        raise NotFound("not_found")
    with attempt("delete", "api_key", **key_about(key), actor_id=caller.id) as act:
        if not decide(caller.subject, "delete", key_object(key)):
            raise NotFound("not_found")
        delete_key(key, act)


def delete_key(key: Key, act: Attempt) -> None:
    """Store the end of a key; raises NotFound when somebody was faster."""
    with transaction.atomic():
        deleted, _ = Key.objects.filter(pk=key.pk).delete()
        if not deleted:  # The entry of who was faster is in the audit.
            act.actor_id = None
            raise NotFound("not_found")
        act.succeed(status_code=204, diff=difference(tracked(key), {}))


def key_expire(*, caller: Caller, key_id: str) -> None:
    """Make a key expire now and keep its row, so that its owner can see what it was."""
    found = key_find(key_id)
    if found is None:
        raise NotFound("not_found")
    with attempt("write", "api_key", **key_about(found), actor_id=caller.id) as act:
        if not decide(caller.subject, "update", key_object(found)):
            raise NotFound("not_found")
        expire_key(found, act)


def expire_key(found: Key, act: Attempt) -> None:
    """Store that a key expires now; raises NotFound when somebody revoked it meanwhile."""
    with transaction.atomic():
        key = Key.objects.select_for_update().filter(pk=found.pk).first()
        if key is None:  # The entry of who revoked it is in the audit.
            act.actor_id = None
            raise NotFound("not_found")
        before, now = tracked(key), timezone.now()
        key.expires_at = min(key.expires_at, now)
        key.not_after = key.expires_at
        key.updated_at = now
        key.save(update_fields=["expires_at", "not_after", "updated_at"])
        act.succeed(diff=difference(before, tracked(key)))


def key_about(key: Key) -> dict[str, Any]:
    """Return what an audit entry says of an act on a key."""
    return {"resource_id": key.user_id, "resource_target": key.name}


def tracked(key: Key) -> dict[str, Any]:
    """Return what the audit keeps of a key: neither the secret nor its hash."""
    return {
        "user_id": str(key.user_id),
        "last_used": format_time(key.last_used_at),
        "expires_at": format_time(key.expires_at),
        "created_at": format_time(key.created_at),
        "scopes": list(key.scopes),
        "allow_list": list(key.allow_list),
    }
