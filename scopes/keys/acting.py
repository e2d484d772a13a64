"""What all acts on a key that there is have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import Q

from audit.records import Attempt, attempt
from coderauth.errors import NotFound
from scopes.actors import Actor
from scopes.engine.decision import decide
from scopes.keys.fresh import require_fresh
from scopes.keys.rows import key_about, key_find, key_object
from scopes.models import Key
from scopes.standing import standing


@dataclass(frozen=True, slots=True)
class KeyAct:
    """An act under way: the key as it is now, who acts, and what the audit will say."""

    key: Key
    caller: Actor
    attempt: Attempt

    def note_made(self, count: int) -> None:
        """Tell the audit how many keys that this one made share its fate."""
        if count:
            self.attempt.additional_fields["made_keys"] = count


@contextmanager
def acting_on(key_id: str, *, caller: Actor, permission: str) -> Iterator[KeyAct]:
    """Open the transaction of an act on a key and judge it; the key's line is locked.

    `permission` is `update` or `delete`. Raises NotFound when the key is gone, or the caller may
    not; the audit records a refusal.
    """
    found = key_find(key_id)
    if found is None:
        raise NotFound("not_found")
    action = "write" if permission == "update" else permission
    whose = Q(pk=found.user_id) | Key.objects.filter(pk=found.pk).whose()
    with (
        attempt(action, "api_key", **key_about(found), actor_id=caller.id) as act,
        standing(caller, changes=whose) as caller,
    ):
        if not decide(caller.subject, permission, key_object(found)):
            raise NotFound("not_found")
        if str(found.user_id) != caller.id:
            require_fresh(caller)
        key = Key.objects.select_for_update().filter(pk=found.pk).first()
        if key is None:  # The audit has the entry of whoever was faster.
            act.actor_id = None
            raise NotFound("not_found")
        yield KeyAct(key, caller, act)
