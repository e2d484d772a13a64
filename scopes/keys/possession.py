"""What somebody may do with a token just because they have it, and what they may ask about it."""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.records import Attempt, difference
from coderauth.errors import Unauthenticated
from scopes.callers import Caller, find_caller, prove, refusal_of
from scopes.engine.decision import Object, decide
from scopes.keys.rows import key_about, tracked
from scopes.keys.tokens import split_token
from scopes.keys.use import note_use
from scopes.models import Key
from scopes.standing import people_lock


def key_introspect(*, caller: Caller, token: str, address: str) -> Mapping[str, Any] | None:
    """Return what RFC 7662 says of a good key that the caller may read; None for all others.

    It counts as a use of that key: whoever asks was shown it.
    """
    now = timezone.now()
    found = _holder(token)
    if found is None or refusal_of(found, now) is not None:
        return None
    about = Object(type="api_key", id=found.key_id, owner=found.id)
    if not decide(caller.subject, "read", about):
        return None
    key = Key.objects.filter(pk=found.key_id).first()
    if key is None:  # It has just been revoked.
        return None
    note_use(found, found.expires_at, now, address)
    return {
        "active": True,
        "scope": " ".join(found.scopes),
        "client_id": found.key_id,
        "username": found.username,
        "sub": found.id,
        "exp": int(key.expires_at.timestamp()),
        "iat": int(key.created_at.timestamp()),
        "token_type": "Bearer",
    }


def key_surrender(*, token: str, why: Mapping[str, Any]) -> Key | None:
    """Revoke the key of a token, and the keys that it made; return it, None if there is none.

    Possession is enough, whatever the key may do and whether or not it is still good. `why` goes
    into the audit, which names nobody as the actor.
    """
    holder = _holder(token)
    if holder is None:
        return None
    whose = Q(pk=holder.id) | Key.objects.filter(pk=holder.key_id).whose()
    with transaction.atomic():
        people_lock(whose)
        key = Key.objects.select_for_update().filter(pk=holder.key_id).first()
        if key is None or _holder(token) is None:
            return None
        gone, _ = Key.objects.filter(pk=key.pk).delete()
        act = Attempt("delete", "api_key", **key_about(key), additional_fields={**why})
        if gone > 1:
            act.additional_fields["made_keys"] = gone - 1
        act.succeed(diff=difference(tracked(key), {}))
    return key


def _holder(token: str) -> Caller | None:
    """Return the owner of a token; None unless its secret is right."""
    with suppress(Unauthenticated):
        key_id, secret = split_token(token)
        found = find_caller(key_id)
        if found is not None and prove(found, sha256(secret.encode()).digest(), timezone.now()):
            return found
    return None
