"""End keys: revoke (the row goes) or expire (the row stays)."""

from django.db import transaction
from django.utils import timezone

from audit.records import Attempt, attempt, difference
from coderauth.errors import NotFound
from scopes.actors import Actor
from scopes.engine.decision import decide
from scopes.keys.rows import key_about, key_find, key_object, tracked
from scopes.models import Key


def key_revoke(*, caller: Actor, key_id: str) -> None:
    """End a key at once. Raises NotFound when it is gone or the caller may not delete it."""
    key = key_find(key_id)
    if key is None:
        raise NotFound("not_found")
    with attempt("delete", "api_key", **key_about(key), actor_id=caller.id) as act:
        if not decide(caller.subject, "delete", key_object(key)):
            raise NotFound("not_found")
        with transaction.atomic():
            deleted, _ = Key.objects.filter(pk=key.pk).delete()
            if not deleted:
                raise _somebody_was_faster(act)
            act.succeed(status_code=204, diff=difference(tracked(key), {}))


def key_expire(*, caller: Actor, key_id: str) -> None:
    """Make a key expire now and keep its row, so that its owner can see what it was.

    Raises NotFound when it is gone or the caller may not change it.
    """
    found = key_find(key_id)
    if found is None:
        raise NotFound("not_found")
    with attempt("write", "api_key", **key_about(found), actor_id=caller.id) as act:
        if not decide(caller.subject, "update", key_object(found)):
            raise NotFound("not_found")
        with transaction.atomic():
            key = Key.objects.select_for_update().filter(pk=found.pk).first()
            if key is None:
                raise _somebody_was_faster(act)
            before, now = tracked(key), timezone.now()
            key.expires_at = min(key.expires_at, now)
            key.not_after = key.expires_at
            key.updated_at = now
            key.save(update_fields=["expires_at", "not_after", "updated_at"])
            act.succeed(diff=difference(before, tracked(key)))


def _somebody_was_faster(act: Attempt) -> NotFound:
    """Return the refusal for a key that is just gone; the audit has the entry of who ended it."""
    act.actor_id = None
    return NotFound("not_found")
