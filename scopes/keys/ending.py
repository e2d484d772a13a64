"""End keys: revoke (the row goes) or expire (the row stays)."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from audit.changes import changing
from audit.records import attempt, difference
from coderauth.errors import NotFound
from scopes.actors import Actor
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.keys.acting import acting_on
from scopes.keys.fresh import require_fresh
from scopes.keys.rows import key_object, tracked
from scopes.models import Key, LoginType
from scopes.people import Person
from scopes.standing import standing


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


def access_end(*, caller: Actor, user: Person) -> tuple[int, int]:
    """Revoke all keys of a user and end all their sessions; return how many of each.

    The caller's own session goes on. One entry in the audit, whatever the number. Raises NotFound
    when the caller may end none.
    """
    about = {"resource_id": user.pk, "resource_target": user.username, "actor_id": caller.id}
    keys = Key.objects.filter(user_id=user.pk)
    whose = Q(pk=user.pk) | keys.whose()
    with attempt("delete", "api_key", **about) as act, standing(caller, changes=whose) as caller:
        may_end = [key for key in keys if decide(caller.subject, "delete", key_object(key))]
        anybody = Object(type="api_key", owner=str(user.pk))
        if not may_end and not decide(caller.subject, "delete", anybody):
            raise NotFound("not_found")
        require_fresh(caller)
        own = caller.key_id if isinstance(caller, Caller) else ""
        ended = [key for key in may_end if key.pk != own]
        tokens = sum(key.login_type == LoginType.TOKEN for key in ended)
        Key.objects.filter(pk__in=[key.pk for key in ended]).delete()
        act.additional_fields |= {
            "keys_ended": tokens,
            "sessions_ended": len(ended) - tokens,
        }
        act.succeed()
    return tokens, len(ended) - tokens


def keys_made_by(keys: Sequence[Key]) -> list[str]:
    """Return the ids of keys that would end with these: made by them, or by what they made."""
    made = Key.objects.filter(parent__in=keys).with_made().usable(timezone.now())
    return sorted(made.exclude(pk__in=keys).values_list("pk", flat=True))
