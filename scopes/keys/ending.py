"""End keys: revoke (the row goes) or expire (the row stays)."""

from django.db.models import Q
from django.utils import timezone

from audit.changes import changing
from audit.records import Attempt, attempt, difference
from coderauth.errors import NotFound
from scopes.actors import Actor
from scopes.engine.decision import decide
from scopes.keys.rows import key_about, key_find, key_object, tracked
from scopes.models import Key
from scopes.standing import standing


def key_revoke(*, caller: Actor, key_id: str) -> None:
    """End a key at once. Raises NotFound when it is gone or the caller may not delete it."""
    found = _known(key_id)
    with (
        attempt("delete", "api_key", **key_about(found), actor_id=caller.id) as act,
        standing(caller, changes=Q(pk=found.user_id)) as caller,
    ):
        if not decide(caller.subject, "delete", key_object(found)):
            raise NotFound("not_found")
        key = _as_of_now(found, act)
        key.delete()
        act.succeed(status_code=204, diff=difference(tracked(found), {}))


def key_expire(*, caller: Actor, key_id: str) -> None:
    """Make a key expire now and keep its row, so that its owner can see what it was.

    Raises NotFound when it is gone or the caller may not change it.
    """
    found = _known(key_id)
    with (
        attempt("write", "api_key", **key_about(found), actor_id=caller.id) as act,
        standing(caller, changes=Q(pk=found.user_id)) as caller,
    ):
        if not decide(caller.subject, "update", key_object(found)):
            raise NotFound("not_found")
        key = _as_of_now(found, act)
        with changing(key, tracked, act):
            key.expires_at = key.not_after = min(key.expires_at, timezone.now())


def _known(key_id: str) -> Key:
    key = key_find(key_id)
    if key is None:
        raise NotFound("not_found")
    return key


def _as_of_now(found: Key, act: Attempt) -> Key:
    """Return the key of a locked user; raises NotFound when somebody else has just revoked it."""
    key = Key.objects.select_for_update().filter(pk=found.pk).first()
    if key is None:  # The audit has the entry of whoever was faster.
        act.actor_id = None
        raise NotFound("not_found")
    return key
