"""Pause keys, and let them work again. A paused key is refused, and keeps everything else."""

from django.utils import timezone

from audit.changes import changing
from coderauth.errors import Conflict
from scopes.actors import Actor
from scopes.keys.acting import acting_on
from scopes.keys.rows import tracked
from scopes.models import Key


def key_pause(*, caller: Actor, key_id: str) -> None:
    """Pause a key and the keys that it made; does nothing to one that is paused.

    Raises NotFound when it is gone or the caller may not change it.
    """
    with acting_on(key_id, caller=caller, permission="update") as act:
        key, now = act.key, timezone.now()
        if not key.is_paused:
            act.note_made(Key.objects.filter(parent=key).pause(now))
        with changing(key, tracked, act.attempt, status_code=204):
            key.paused_at = key.paused_at or now


def key_resume(*, caller: Actor, key_id: str) -> None:
    """Let a paused key work again, with the keys that were paused together with it.

    Raises NotFound as `key_pause`, and Conflict while the key that made it is paused.
    """
    with acting_on(key_id, caller=caller, permission="update") as act:
        key = act.key
        if key.parent is not None and key.parent.is_paused:
            raise Conflict("parent_paused")
        if key.is_paused:
            together = Key.objects.filter(parent=key).with_made().filter(paused_at=key.paused_at)
            act.note_made(together.update(paused_at=None, updated_at=timezone.now()))
        with changing(key, tracked, act.attempt, status_code=204):
            key.paused_at = None
