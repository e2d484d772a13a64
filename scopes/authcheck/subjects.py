"""Load any user as a subject, for the operator of the machine, without a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from scopes.callers import INACTIVE, find_caller, refusal_of
from scopes.engine import allow_list as allow_lists
from scopes.engine.catalog import FULL, canonical, expand
from scopes.engine.decision import EVERYTHING, AllowEntry, Subject, prepare
from scopes.models import ADMITTED, GroupMembership
from scopes.people import grants_of

# What to do about a key that is refused, by the code of the refusal.
_REFUSALS: Mapping[str, str] = {
    "expired_key": "The key has expired: make a new one.",
    "unlinked_key": "{name} is not linked to the provider of this session: sign in there again.",
    INACTIVE: "{name} is suspended: requests are refused. Ask an administrator to activate them.",
}


@dataclass(frozen=True, slots=True)
class Inspected:
    """A user as a request would see them; with a `refusal`, their requests are refused."""

    name: str
    subject: Subject
    refusal: str = ""


def inspect_key(key_id: str) -> Inspected | None:
    """Return the user of a key with the key's scopes, exactly as a request would have them."""
    caller = find_caller(key_id)
    if caller is None:
        return None
    refusal = refusal_of(caller, timezone.now())
    told = "" if refusal is None else _REFUSALS[refusal.code].format(name=caller.username)
    return Inspected(f"{caller.username} with the key {key_id}", caller.subject, told)


def inspect_user(
    user: Any, *, scopes: Sequence[str] = (), allow_list: Sequence[str] = ()
) -> Inspected:
    """Return a user as if with a key of these scopes and allow list; by default with all rights.

    Four queries at most. Raises UnknownScopeError or AllowListError.
    """
    subject = prepare(
        id=str(user.pk),
        grants=grants_of(user),
        groups=[str(pk) for pk in _groups(user)],
        scopes=_scopes(scopes),
        allow_list=_allow_list(allow_list),
    )
    told = "" if user.status in ADMITTED else _REFUSALS[INACTIVE].format(name=user.username)
    return Inspected(user.username, subject, told)


def _groups(user: Any) -> list[UUID]:
    return list(GroupMembership.objects.filter(user=user).values_list("group_id", flat=True))


def _scopes(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(expand(canonical(name)).name for name in names) or (FULL,)


def _allow_list(entries: Sequence[str]) -> tuple[AllowEntry, ...]:
    return allow_lists.normalize([allow_lists.parse(text) for text in entries]) or EVERYTHING
