"""Delete keys that ended long ago."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audit.records import record
from scopes.models import Key

BATCH = 1000


def keys_prune(*, keep: timedelta, progress: Callable[[int], object] | None = None) -> int:
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
                    additional_fields={
                        "automatic_actor": "coder",
                        "automatic_subsystem": "retention",
                        "deleted": count,
                    },
                )
        deleted += count
        if progress:
            progress(deleted)
    return deleted
