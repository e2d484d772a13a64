"""Give a key a new secret; id, name, scopes and trail stay (decision D23)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.utils import timezone
from django.utils.crypto import get_random_string

from audit.changes import changing
from coderauth.errors import Conflict, InvalidRequest
from scopes.actors import Actor
from scopes.engine.catalog import scopes_cover
from scopes.keys.acting import acting_on
from scopes.keys.ceilings import Ceiling
from scopes.keys.minting import grace_of, narrower_scopes, plan_rotation
from scopes.keys.rows import tracked
from scopes.keys.tokens import SECRET_LENGTH, join_token
from scopes.models import Key, LoginType


def key_rotate(
    *, caller: Actor, key_id: str, grace: int | None = None, scopes: Sequence[str] = ()
) -> tuple[Key, str]:
    """Return the key and its whole new token, which is shown only here.

    With `scopes` it holds these from now on, with either secret; they may only be narrower.

    The old secret works on for `grace` nanoseconds, None being the deployment's; 0 ends it at once.
    A secret that was still in its grace ends now. An end that use moves begins anew; a fixed one
    stays. Raises InvalidRequest for a grace out of range and for unknown or wider scopes, NotFound
    when the key is gone or the caller may not change it, Conflict for a key that has no secret
    worth renewing, Forbidden for a narrowed caller that did not make it, or above a ceiling.
    """
    kept, wanted = grace_of(grace), narrower_scopes(scopes)
    with acting_on(key_id, caller=caller, permission="update") as act:
        key, now = act.key, timezone.now()
        _refuse_useless(key, now)
        if wanted and (beyond := scopes_cover(key.scopes, wanted)):
            raise InvalidRequest("rotation_widens", scopes=", ".join(beyond))
        ceiling = plan_rotation(act.caller, key, wanted)
        secret = get_random_string(SECRET_LENGTH)
        with changing(key, tracked, act.attempt, status_code=201):
            key.old_hashed_secret = key.hashed_secret if kept else None
            key.old_valid_until = now + kept if kept else None
            key.old_last_used_at = None
            key.hashed_secret = sha256(secret.encode()).digest()
            key.rotated_at = now
            key.scopes = [*wanted] or key.scopes
            key.lifetime_seconds = min(
                key.lifetime_seconds, int(ceiling.max_lifetime.total_seconds()) or 1
            )
            key.expires_at = _end(key, now, ceiling)
            if ceiling.fixed_ends:
                key.not_after = key.expires_at
    return key, join_token(key.pk, secret)


def _refuse_useless(key: Key, now: datetime) -> None:
    if key.login_type != LoginType.TOKEN:
        raise Conflict("not_rotated", reason="It is a session; sign in again instead.")
    if key.has_expired(now):
        raise Conflict("not_rotated", reason="It has expired; make another one.")
    if key.is_paused:
        raise Conflict("not_rotated", reason="It is paused; resume it first.")


def _end(key: Key, now: datetime, ceiling: Ceiling) -> datetime:
    if key.has_fixed_end:
        return key.expires_at
    anew = now + timedelta(seconds=key.lifetime_seconds)
    if key.expires_at <= now + ceiling.max_lifetime:
        anew = max(anew, key.expires_at)
    return anew if key.not_after is None else min(anew, key.not_after)
