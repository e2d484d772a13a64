"""Keys: issue, verify, refresh, expire, revoke. The only module that ever sees a key's secret."""

import secrets
import string
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.records import Attempt, difference
from coderauth.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    Unauthenticated,
    Validation,
)
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.keys.minting import KeySpec, TokenWish, plan_session_key, plan_token, random_name
from scopes.keys.rows import ID_LENGTH, SECRET_LENGTH, key_about, tracked
from scopes.models import Key
from scopes.people import Person

Issued = TypeVar("Issued")

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


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
        # Recorded as a day, as Coder does; without a limit the first use would make it one.
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
