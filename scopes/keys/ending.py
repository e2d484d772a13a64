"""End keys: revoke (the row goes) or expire (the row stays)."""

from collections.abc import Sequence

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
    """Delete a key and the keys that it made, at once; raises NotFound as `key_expire`."""
    found = _known(key_id)
    with (
        attempt("delete", "api_key", **key_about(found), actor_id=caller.id) as act,
        standing(caller, changes=_whose(found)) as caller,
    ):
        if not decide(caller.subject, "delete", key_object(found)):
            raise NotFound("not_found")
        key = _as_of_now(found, act)
        gone, _ = Key.objects.filter(pk=key.pk).delete()
        _note_made(act, gone - 1)
        act.succeed(status_code=204, diff=difference(tracked(key), {}))


def key_expire(*, caller: Actor, key_id: str) -> None:
    """Make a key and the keys that it made expire now; the rows stay, to show what they were.

    Raises NotFound when it is gone or the caller may not change it.
    """
    found = _known(key_id)
    with (
        attempt("write", "api_key", **key_about(found), actor_id=caller.id) as act,
        standing(caller, changes=_whose(found)) as caller,
    ):
        if not decide(caller.subject, "update", key_object(found)):
            raise NotFound("not_found")
        key = _as_of_now(found, act)
        now = timezone.now()
        _note_made(act, Key.objects.filter(parent=key).expire(now))
        with changing(key, tracked, act, status_code=204):
            key.expires_at = key.not_after = min(key.expires_at, now)


def keys_made_by(keys: Sequence[Key]) -> list[str]:
    """Return the ids of keys that would end with these: made by them, or by what they made."""
    made = Key.objects.filter(parent__in=keys).with_made().usable(timezone.now())
    return sorted(made.exclude(pk__in=keys).values_list("pk", flat=True))


def _note_made(act: Attempt, count: int) -> None:
    if count:
        act.additional_fields["made_keys_ended"] = count


def _known(key_id: str) -> Key:
    key = key_find(key_id)
    if key is None:
        raise NotFound("not_found")
    return key


def _whose(found: Key) -> Q:
    return Q(pk=found.user_id) | Key.objects.filter(pk=found.pk).whose()


def _as_of_now(found: Key, act: Attempt) -> Key:
    """Return the key of a locked user; raises NotFound when somebody else has just revoked it."""
    key = Key.objects.select_for_update().filter(pk=found.pk).first()
    if key is None:  # The audit has the entry of whoever was faster.
        act.actor_id = None
        raise NotFound("not_found")
    return key
