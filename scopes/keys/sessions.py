"""The sessions of a person: keys that are not tokens, of all the ways to sign in."""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.records import attempt
from coderauth.errors import NotFound
from scopes.actors import Actor
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.keys.issuing import key_insert
from scopes.keys.minting import KeySpec
from scopes.keys.rows import key_object
from scopes.models import Key, KeyQuerySet
from scopes.people import Person
from scopes.standing import people_lock, standing


def sessions_visible(*, caller: Caller, user: Person) -> list[Key]:
    """Return the sessions of a user that are good and that the caller may read, newest first.

    One query.
    """
    good = _sessions(user).usable(timezone.now())
    return [key for key in good if decide(caller.subject, "read", key_object(key))]


def sessions_end(*, caller: Actor, user: Person, with_own: bool = False) -> int:
    """End a user's sessions, and what they made; return how many. Tokens go on.

    The session that asks is spared unless `with_own`. Raises NotFound when the caller may end none.
    """
    about = {"resource_id": user.pk, "resource_target": user.username, "actor_id": caller.id}
    whose = Q(pk=user.pk) | _sessions(user).whose()
    with attempt("delete", "api_key", **about) as act, standing(caller, changes=whose) as caller:
        may_delete = partial(decide, caller.subject, "delete")
        ended = [key for key in _sessions(user) if may_delete(key_object(key))]
        if not ended and not may_delete(Object(type="api_key", owner=str(user.pk))):
            raise NotFound("not_found")
        if isinstance(caller, Caller) and not with_own:
            ended = [key for key in ended if key.pk != caller.key_id]
        Key.objects.filter(pk__in=[key.pk for key in ended]).delete()
        act.additional_fields["sessions_ended"] = len(ended)
        act.succeed()
    return len(ended)


def session_open(*, user_id: UUID | str, spec: KeySpec) -> tuple[Key, str]:
    """Store the key of a sign-in; return it with its secret.

    Where CODERAUTH_MAX_SESSIONS_PER_USER allows no more, the session that was used longest ago
    ends. Must run in a transaction that has `session_lock`ed the user.
    """
    key, secret = key_insert(user_id=user_id, spec=spec)
    most = settings.MAX_SESSIONS_PER_USER
    if most:
        used_at = Coalesce("last_used_at", "created_at")
        others = Key.objects.sessions().filter(user_id=user_id).unexpired(timezone.now())
        oldest = others.exclude(pk=key.pk).order_by(used_at.desc(), "-created_at", "pk")
        excess = list(oldest.values_list("pk", flat=True)[most - 1 :])
        Key.objects.filter(pk__in=excess).delete()
    return key, secret


def session_lock(user_id: UUID | str) -> None:
    """Let sign-ins of one user come one after the other, where their sessions are counted.

    Before any other lock on the user.
    """
    if settings.MAX_SESSIONS_PER_USER:
        people_lock(Q(pk=user_id))


def _sessions(user: Person) -> KeyQuerySet:
    keys = Key.objects.sessions().filter(user_id=user.pk).unexpired(timezone.now())
    return keys.order_by("-created_at", "pk")
