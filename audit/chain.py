"""The chain that shows when a recorded entry was changed, removed, moved or slipped in.

An act only inserts its entry: if it also chained it, all acts of the service would wait for each
other. `seal` chains the entries afterwards, in short transactions of its own; the worker calls it
every few seconds. docs/audit.md says what that means.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from audit.models import Chain, Entry

BATCH = 500
_CONTENT = (
    "id", "at", "actor_id", "key_id", "organization_id", "ip_address", "user_agent", "request_id",
    "action", "resource_type", "resource_id", "resource_target", "diff", "status_code",
    "additional_fields",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found; `first_bad` is the sequence number of the first entry that is wrong."""

    checked: int
    anchor_sequence: int
    head_sequence: int
    head_hash: str
    unsealed: int
    oldest_unsealed_at: datetime | None
    first_bad: int | None = None
    reason: str = ""

    @property
    def is_intact(self) -> bool:
        return self.first_bad is None


def entry_hash(entry: Entry, sequence: int, previous_hash: str) -> str:
    """Return the SHA-256 of an entry in its place, over JSON with sorted keys and no spaces."""
    content = {name: _plain(getattr(entry, name)) for name in _CONTENT}
    content |= {"sequence": sequence, "previous_hash": previous_hash}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value if value is None or isinstance(value, (str, int, dict, list)) else str(value)


def seal() -> int:
    """Chain new entries, oldest first; return how many. One query if there are none."""
    count = 0
    while Entry.objects.unsealed().exists():
        sealed = _seal_batch()
        count += sealed
        if sealed < BATCH:
            break
    return count


def _seal_batch() -> int:
    with transaction.atomic():
        chain = Chain.locked()  # Locked before looking for entries, so that two sealers take turns.
        rows = []
        for entry in Entry.objects.unsealed().order_by("at", "id")[:BATCH]:
            sequence, previous = chain.head_sequence + 1, chain.head_hash
            chain.head_sequence, chain.head_hash = sequence, entry_hash(entry, sequence, previous)
            key = Entry._meta.pk.get_db_prep_value(entry.pk, connection)
            rows.append((sequence, previous, chain.head_hash, key))
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE audit_entry SET sequence = %s, previous_hash = %s, hash = %s WHERE id = %s",
                rows,
            )
        chain.save(update_fields=["head_sequence", "head_hash"])
    return len(rows)


def verify(
    progress: Callable[[int], object] | None = None,
    *,
    known: tuple[int, str] | None = None,
) -> Verdict:
    """Walk the chain and compare; holds no lock, so the service goes on meanwhile.

    `known` is a sequence number and its hash, noted outside of the database: it also reveals a
    chain that was rewritten as a whole.
    """
    while True:
        chain = Chain.current()
        checked, first_bad, reason = 0, None, ""
        for checked, problem in _walk(chain, known):
            if problem:
                first_bad, reason = chain.anchor_sequence + checked, problem
                break
            if progress and checked % BATCH == 0:
                progress(checked)
        # Retention may have moved the anchor while we were reading.
        if first_bad is None or Chain.current().anchor_sequence == chain.anchor_sequence:
            break
    if first_bad is None and (strange := _beyond_head()):
        first_bad, reason = strange, "it was added without being chained"
    unsealed = Entry.objects.unsealed()
    oldest = unsealed.order_by("at").values_list("at", flat=True).first()
    return Verdict(
        checked=checked,
        anchor_sequence=chain.anchor_sequence,
        head_sequence=chain.head_sequence,
        head_hash=chain.head_hash,
        unsealed=unsealed.count(),
        oldest_unsealed_at=oldest,
        first_bad=first_bad,
        reason=reason,
    )


def _walk(chain: Chain, known: tuple[int, str] | None) -> Iterator[tuple[int, str]]:
    """Yield how many entries were checked, and what is wrong with the last of them."""
    sequence, previous = chain.anchor_sequence, chain.anchor_hash
    for entry in _sealed_between(chain.anchor_sequence, chain.head_sequence):
        sequence += 1
        problem = _problem(entry, sequence, previous)
        if not problem and known and known[0] == sequence and known[1] != entry.hash:
            problem = "its hash is not the one that was noted"
        yield sequence - chain.anchor_sequence, problem
        if problem:
            return
        previous = entry.hash
    if sequence < chain.head_sequence:
        yield sequence + 1 - chain.anchor_sequence, "it is missing"
    elif previous != chain.head_hash:
        yield sequence - chain.anchor_sequence, "it is not the entry that the chain ends with"
    elif known and known[0] > sequence:
        yield sequence + 1 - chain.anchor_sequence, "it is missing, and its hash was noted"


def _sealed_between(first: int, last: int) -> Iterator[Entry]:
    """Read in batches: one cursor over everything would be an endless transaction."""
    while first < last:
        rows = list(
            Entry.objects.filter(sequence__gt=first, sequence__lte=last).order_by("sequence")[
                :BATCH
            ]
        )
        if not rows:
            return
        yield from rows
        first = rows[-1].sequence or last


def _problem(entry: Entry, sequence: int, previous: str) -> str:
    if entry.sequence != sequence:
        return "it is missing"
    if entry.previous_hash != previous:
        return "it does not follow the entry before it"
    if entry.hash != entry_hash(entry, sequence, previous):
        return "it was changed"
    return ""


def _beyond_head() -> int | None:
    # The entry first: entries sealed in between only move the head further.
    last = Entry.objects.sealed().order_by("-sequence").values_list("sequence", flat=True).first()
    head = Chain.current().head_sequence
    if last is None or last <= head:
        return None
    return (
        Entry.objects.filter(sequence__gt=head)
        .order_by("sequence")
        .values_list("sequence", flat=True)[0]
    )
