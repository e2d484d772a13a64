"""Expire keys that nobody uses, and delete keys that ended long ago."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from audit.records import Attempt, difference, record, record_all
from scopes.keys.rows import key_about, tracked
from scopes.models import Key
from scopes.standing import people_lock

Progress = Callable[[int], object]

BATCH = 1000
AUTOMATIC = {"automatic_actor": "coder", "automatic_subsystem": "retention"}


def keys_retain(
    *, expiring: Progress | None = None, deleting: Progress | None = None
) -> tuple[int, int]:
    """Expire unused tokens and delete expired keys as the settings say; return how many of each."""
    unused_for: timedelta = settings.UNUSED_KEYS_EXPIRE_AFTER
    keep: timedelta = settings.EXPIRED_KEY_RETENTION
    expired = keys_expire_unused(unused_for=unused_for, progress=expiring) if unused_for else 0
    deleted = keys_prune(keep=keep, progress=deleting) if keep else 0
    return expired, deleted


def keys_prune(*, keep: timedelta, progress: Progress | None = None) -> int:
    """Delete keys that expired longer than `keep` ago; record and return how many."""
    before, deleted = timezone.now() - keep, 0
    old = Key.objects.filter(expires_at__lt=before).order_by("expires_at")
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            # Checked again: an expiry may have slid meanwhile.
            count, _ = Key.objects.filter(pk__in=batch, expires_at__lt=before).delete()
            if count:
                record(
                    action="delete",
                    resource_type="api_key",
                    additional_fields={**AUTOMATIC, "deleted": count},
                )
        deleted += count
        if progress:
            progress(deleted)
    return deleted


def keys_unused(*, unused_for: timedelta) -> QuerySet[Key]:
    """Return tokens that could be used and were not for this long, since they got their secret.

    Paused ones are not meant to be used.
    """
    now = timezone.now()
    since = Greatest(
        "created_at", Coalesce("rotated_at", "created_at"), Coalesce("last_used_at", "created_at")
    )
    return (
        Key.objects.tokens()
        .unexpired(now)
        .filter(paused_at=None)
        .alias(since=since)
        .filter(since__lt=now - unused_for)
        .select_related("user")
        .order_by("pk")
    )


def keys_expire_unused(*, unused_for: timedelta, progress: Progress | None = None) -> int:
    """Expire the tokens of `keys_unused` and all that they made; record each, return how many."""
    unused, expired, last = keys_unused(unused_for=unused_for), 0, ""
    while batch := list(unused.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        expired += _expire(Q(pk__in=[key.pk for key in batch]), unused_for)
        if progress:
            progress(expired)
    return expired


def _expire(which: Q, unused_for: timedelta) -> int:
    """Expire those that are still unused now that nobody else can change them."""
    with transaction.atomic():
        people_lock(Key.objects.filter(which).whose())
        keys = list(keys_unused(unused_for=unused_for).filter(which))
        now = timezone.now()
        Key.objects.filter(pk__in=[key.pk for key in keys]).expire(now)
        record_all([_ended_unused(key).entry(200, _difference(key, now)) for key in keys])
    return len(keys)


def _ended_unused(key: Key) -> Attempt:
    return Attempt(
        "write", "api_key", **key_about(key), additional_fields={**AUTOMATIC, "unused": True}
    )


def _difference(key: Key, now: datetime) -> dict[str, dict[str, object]]:
    before = tracked(key)
    key.expires_at = now
    return difference(before, tracked(key))
