"""Find tokens above a ceiling, and bring them under it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.records import Attempt, difference
from coderauth.durations import format_duration, to_nanoseconds
from scopes.engine.catalog import FULL
from scopes.engine.roles import MEMBER
from scopes.keys.ceilings import Ceiling, ceiling_of, strictest
from scopes.keys.rows import key_about, tracked
from scopes.models import Key, KeyCeiling, Membership
from scopes.standing import people_lock

_BATCH = 1000
AUTOMATIC = {"automatic_actor": "coder", "automatic_subsystem": "review"}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A token above a ceiling, and in words what it would lose."""

    key: Key
    losses: tuple[str, ...]


def keys_above_ceilings() -> Iterator[Reviewed]:
    """Yield everybody's tokens that are above their owner's ceiling. Two queries for a thousand."""
    rows = list(KeyCeiling.objects.select_related("organization"))
    tokens = Key.objects.tokens().unexpired(timezone.now()).select_related("user").order_by("pk")
    excess = _excess(rows)
    last = ""
    while batch := list(tokens.filter(pk__gt=last)[:_BATCH]):
        last = batch[-1].pk
        joined = _joined(batch, rows)
        for key in batch:
            ceiling = strictest(key.user.site_roles, _of(key.user, rows, joined[key.user_id]))
            losses = losses_of(key, ceiling, timezone.now())
            if key.pk in excess:
                losses.append(f"everything: {excess[key.pk]}")
            if losses:
                yield Reviewed(key, tuple(losses))


def losses_of(key: Key, ceiling: Ceiling, now: datetime) -> list[str]:
    """Return in words what a token has that its ceiling does not allow."""
    losses = []
    if FULL in key.scopes and not ceiling.full_access:
        losses.append(f"everything: {ceiling.sources['full_access']} forbids keys for everything")
    elif beyond := ceiling.beyond(key.scopes):
        losses.append(f"{', '.join(beyond)}: beyond {ceiling.sources['scopes']}")
    if _outlives(key, ceiling, now):
        longest = format_duration(to_nanoseconds(ceiling.max_lifetime))
        losses.append(f"life beyond {longest}: {ceiling.sources['max_lifetime']}")
    if ceiling.fixed_ends and not key.has_fixed_end:
        losses.append(f"an end that use moves: {ceiling.sources['fixed_ends']}")
    return losses


def key_bring_under(key: Key) -> bool:
    """Take from a token what is above its ceiling; say whether anything was. Records it.

    A token that would hold nothing, or everything where that is forbidden, expires; so does the
    one that was used longest ago of too many.
    """
    with transaction.atomic():
        people_lock(Q(pk=key.user_id))
        row = Key.objects.select_for_update(of=("self",)).select_related("user").filter(pk=key.pk)
        found = row.first()
        now = timezone.now()
        if found is None or found.has_expired(now):
            return False
        ceiling = ceiling_of(found.user)
        if not losses_of(found, ceiling, now) and found.pk not in _excess_of(found.user, ceiling):
            return False
        before = tracked(found)
        _lower(found, ceiling, now)
        found.updated_at = now
        found.save()
        act = Attempt("write", "api_key", **key_about(found), additional_fields={**AUTOMATIC})
        act.succeed(diff=difference(before, tracked(found)))
    return True


def _lower(key: Key, ceiling: Ceiling, now: datetime) -> None:
    beyond = ceiling.beyond(key.scopes)
    kept = [name for name in key.scopes if name not in beyond]
    is_full = FULL in key.scopes and not ceiling.full_access
    if not kept or is_full or key.pk in _excess_of(key.user, ceiling):
        key.expires_at = key.not_after = now
        return
    key.scopes = kept
    longest = ceiling.max_lifetime
    key.lifetime_seconds = min(key.lifetime_seconds, int(longest.total_seconds()) or 1)
    key.expires_at = min(key.expires_at, now + longest)
    if ceiling.fixed_ends:
        key.not_after = key.expires_at


def _outlives(key: Key, ceiling: Ceiling, now: datetime) -> bool:
    by_use = timedelta(seconds=key.lifetime_seconds) > ceiling.max_lifetime
    return (by_use and not key.has_fixed_end) or key.expires_at > now + ceiling.max_lifetime


def _of(user: Any, rows: Sequence[KeyCeiling], joined: set[UUID]) -> list[KeyCeiling]:
    """Return the ceilings about somebody, as `ceilings.rows_about` does in the database."""
    roles = {MEMBER, *user.site_roles}
    return [row for row in rows if row.role in roles or row.organization_id in joined]


def _joined(keys: Sequence[Key], rows: Sequence[KeyCeiling]) -> dict[UUID, set[UUID]]:
    """Return in which organizations with a ceiling the keys' owners are. One query."""
    places = [row.organization_id for row in rows if row.organization_id is not None]
    owners = {key.user_id for key in keys}
    found: dict[UUID, set[UUID]] = defaultdict(set)
    pairs = Membership.objects.filter(organization_id__in=places, user_id__in=owners)
    for user_id, organization_id in pairs.values_list("user_id", "organization_id"):
        found[user_id].add(organization_id)
    return found


def _excess(rows: Sequence[KeyCeiling]) -> dict[str, str]:
    """Return the tokens of those who have too many, each with the ceiling.

    Nobody is looked at where no ceiling counts keys.
    """
    if strictest((), rows).max_keys is None:
        return {}
    excess: dict[str, str] = {}
    owners: dict[UUID, Any] = {}
    for key in Key.objects.tokens().unexpired(timezone.now()).select_related("user").iterator():
        owners.setdefault(key.user_id, key.user)
    for user in owners.values():
        ceiling = ceiling_of(user)
        if ceiling.max_keys is not None:
            source = f"{ceiling.sources['max_keys']} lets one have {ceiling.max_keys}"
            excess |= dict.fromkeys(_excess_of(user, ceiling), source)
    return excess


def _excess_of(user: Any, ceiling: Ceiling) -> list[str]:
    """Return the tokens beyond the number that one may have: those used longest ago."""
    if ceiling.max_keys is None:
        return []
    tokens = Key.objects.tokens().unexpired(timezone.now()).filter(user_id=user.pk)
    used_at = Coalesce("last_used_at", "created_at")
    ordered = tokens.order_by(used_at.desc(), "-created_at", "pk")
    return list(ordered.values_list("pk", flat=True)[ceiling.max_keys :])
