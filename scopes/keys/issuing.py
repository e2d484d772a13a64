"""Issue keys: the moment at which a key's secret is known."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string

from audit.records import Attempt, difference
from coderauth.errors import Conflict, Forbidden, InvalidRequest, Validation
from coderauth.http.client import NO_ADDRESS
from coderauth.random_names import random_name
from coderauth.uniqueness import taken_means
from scopes.actors import Actor
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.keys.minting import KeySpec, TokenWish, plan_session_key, plan_token
from scopes.keys.rows import key_about, tracked
from scopes.keys.tokens import ID_LENGTH, SECRET_LENGTH, join_token
from scopes.models import Key
from scopes.people import Person
from scopes.standing import standing


def key_insert(*, user_id: UUID | str, spec: KeySpec) -> tuple[Key, str]:
    """Store a new key and return it with its one-time secret token; asks no permission.

    Must run in a transaction that holds the living user: a deletion or a password change then
    waits, and ends this key, too. Raises Conflict for a taken token name.
    """
    now = timezone.now()
    identifier = spec.key_id or get_random_string(ID_LENGTH)
    secret = get_random_string(SECRET_LENGTH)
    expires_at, not_after = now + spec.lifetime, spec.not_after
    if not_after is not None:
        expires_at = min(expires_at, not_after)
    if not spec.renews:
        not_after = expires_at
    seconds = int(spec.lifetime.total_seconds())
    if not seconds:
        # Recorded as a day, as in Coder; without a limit, the first use would make it a day.
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
        parent_id=spec.parent_id,
        way=spec.way,
        user_agent=spec.user_agent,
        created_at=now,
        updated_at=now,
    )
    taken = Validation("name", "This value is already in use and should be unique.")
    with taken_means(Conflict("token_name_taken", name=spec.name, validations=[taken])):
        key.save(force_insert=True)
    return key, join_token(identifier, secret)


def token_issue(
    *, caller: Actor, user: Person, wish: TokenWish, address: str = NO_ADDRESS
) -> tuple[Key, str]:
    """Make an API token for a user; return it with its secret, which is shown only here.

    Raises InvalidRequest for a wish that cannot be met, Forbidden when the caller or the caller's
    key may not, Conflict for a taken name.
    """
    try:
        return _issue(caller, user, address, lambda now: plan_token(now, user, wish))
    except Conflict:
        if wish.name:
            raise
        # A made-up name is taken: make up another.
        other = replace(wish, name=random_name("_", digits=6))
        return _issue(caller, user, address, lambda now: plan_token(now, user, other))


def session_key_issue(
    *, caller: Caller, user: Person, address: str, way: str, key_id: str = ""
) -> str:
    """Make an unnamed key with the full scope and the default lifetime (authorization.md 3.5).

    `way` says where it was asked for; `key_id` is as in a `TokenWish`. Raises InvalidRequest for a
    service account, and as `token_issue`.
    """
    if user.is_service_account:
        raise InvalidRequest("service_account_sign_in")
    _, secret = _issue(caller, user, address, lambda now: plan_session_key(now, way, key_id))
    return secret


def _issue(
    caller: Actor,
    user: Person,
    address: str,
    plan: Callable[[Actor], KeySpec],
) -> tuple[Key, str]:
    with standing(caller, holds=Q(pk=user.pk)) as caller:
        spec = replace(plan(caller), ip_address=address)
        if not decide(caller.subject, "create", Object(type="api_key", owner=str(user.pk))):
            raise Forbidden("may_not_create_keys")
        people = get_user_model()._default_manager
        if str(user.pk) != caller.id and not people.filter(pk=user.pk, is_deleted=False).exists():
            raise InvalidRequest("unknown_user", user=user.pk)
        key, secret = key_insert(user_id=user.pk, spec=spec)
        about = Attempt("create", "api_key", **key_about(key), actor_id=caller.id)
        about.succeed(status_code=201, diff=difference({}, tracked(key)))
    return key, secret
