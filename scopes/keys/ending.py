"""End keys: revoke (the row goes) or expire (the row stays)."""

from collections.abc import Sequence

from django.utils import timezone

from audit.changes import changing
from audit.records import difference
from scopes.actors import Actor
from scopes.keys.acting import acting_on
from scopes.keys.rows import tracked
from scopes.models import Key


def key_revoke(*, caller: Actor, key_id: str) -> None:
    """Delete a key and the keys that it made, at once; raises NotFound as `key_expire`."""
    with acting_on(key_id, caller=caller, permission="delete") as act:
        gone, _ = Key.objects.filter(pk=act.key.pk).delete()
        act.note_made(gone - 1)
        act.attempt.succeed(status_code=204, diff=difference(tracked(act.key), {}))


def key_expire(*, caller: Actor, key_id: str) -> None:
    """Make a key and the keys that it made expire now; the rows stay, to show what they were.

    Raises NotFound when it is gone or the caller may not change it.
    """
    with acting_on(key_id, caller=caller, permission="update") as act:
        key, now = act.key, timezone.now()
        act.note_made(Key.objects.filter(parent=key).expire(now))
        with changing(key, tracked, act.attempt, status_code=204):
            key.expires_at = key.not_after = min(key.expires_at, now)


def keys_made_by(keys: Sequence[Key]) -> list[str]:
    """Return the ids of keys that would end with these: made by them, or by what they made."""
    made = Key.objects.filter(parent__in=keys).with_made().usable(timezone.now())
    return sorted(made.exclude(pk__in=keys).values_list("pk", flat=True))
