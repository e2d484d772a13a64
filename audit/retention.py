"""Delete old entries, and keep the chain of the others verifiable."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit.chain import seal
from audit.models import Chain, Entry
from audit.records import record

BATCH = 1000


def entries_retain(*, progress: Callable[[int], object] | None = None) -> int:
    """Delete entries as old as the settings say; return how many."""
    keep: timedelta = settings.AUDIT_RETENTION
    return entries_prune(keep=keep, progress=progress) if keep else 0


def entries_prune(*, keep: timedelta, progress: Callable[[int], object] | None = None) -> int:
    """Delete sealed entries older than `keep` and record that; return how many.

    From the beginning of the chain up to the first entry to keep, in short transactions. The chain
    remembers the hash of the last entry deleted, which the first remaining one holds.
    """
    seal()
    before, deleted = timezone.now() - keep, 0
    while count := _prune_batch(before):
        deleted += count
        if progress:
            progress(deleted)
    if deleted:
        record(
            action="delete",
            resource_type="audit_log",
            additional_fields={
                "automatic_actor": "coder",
                "automatic_subsystem": "retention",
                "deleted": deleted,
                "through": Chain.current().anchor_sequence,
            },
        )
    return deleted


def _prune_batch(before: datetime) -> int:
    with transaction.atomic():
        chain = Chain.locked()
        rows = Entry.objects.filter(
            sequence__gt=chain.anchor_sequence, sequence__lte=chain.anchor_sequence + BATCH
        ).order_by("sequence")
        old = 0
        for sequence, digest, at in rows.values_list("sequence", "hash", "at"):
            if at >= before or sequence != chain.anchor_sequence + 1:
                break  # A gap is tampering, which the rest must go on showing.
            chain.anchor_sequence, chain.anchor_hash = sequence, digest
            old += 1
        # The anchor first: the database refuses to delete entries after it.
        chain.save(update_fields=["anchor_sequence", "anchor_hash"])
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM audit_entry WHERE sequence <= %s", [chain.anchor_sequence])
    return old
