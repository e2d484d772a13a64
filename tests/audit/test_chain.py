"""The chain of sealed entries: whatever is done to it afterwards shows."""

import threading
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import chain
from audit.chain import entry_hash, seal, verify
from audit.models import AppendOnly, Entry
from audit.retention import entries_prune
from tests.audit.entries import make_entries, make_sealed, tamper
from tests.old_states import let_tests_truncate
from tests.threads import at_once, start
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db


def test_untouched_chain_is_intact() -> None:
    make_sealed(5, diff={"name": {"old": "Zoë", "new": None, "secret": False}})

    verdict = verify()

    assert verdict.is_intact
    assert (verdict.checked, verdict.unsealed, verdict.head_sequence) == (5, 0, 5)


def test_empty_chain_is_intact() -> None:
    assert seal() == 0
    assert verify().is_intact


def test_sealing_goes_on_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 3)
    make_sealed(7)
    rows = make_sealed(4)

    assert [row.sequence for row in rows] == list(range(1, 12))
    assert [row.previous_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert verify().is_intact


def test_unsealed_entries_are_reported_and_no_fault() -> None:
    make_sealed(2)
    (late,) = make_entries(1)

    verdict = verify()

    assert verdict.is_intact
    assert (verdict.unsealed, verdict.oldest_unsealed_at) == (1, late.at)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("resource_target", "mallory"),
        ("status_code", 500),
        ("action", "login"),
        ("diff", '{"forged": true}'),
        ("at", timezone.now() - timedelta(days=9)),
        ("ip_address", "203.0.113.9"),
    ],
)
def test_change_of_an_entry_shows(column: str, value: object) -> None:
    make_sealed(5)

    tamper(f"UPDATE audit_entry SET {column} = %s WHERE sequence = 3", value)

    verdict = verify()
    assert (verdict.first_bad, verdict.reason) == (3, "it was changed")


@pytest.mark.parametrize("sequence", [1, 3, 5])
def test_deletion_of_an_entry_shows(sequence: int) -> None:
    make_sealed(5)

    tamper("DELETE FROM audit_entry WHERE sequence = %s", sequence)

    verdict = verify()
    assert (verdict.first_bad, verdict.reason) == (sequence, "it is missing")


def test_deletion_of_all_entries_shows() -> None:
    make_sealed(3)

    tamper("DELETE FROM audit_entry")

    assert verify().first_bad == 1


def test_swapped_entries_show() -> None:
    make_sealed(4)

    for old, new in ((2, 99), (3, 2), (99, 3)):
        tamper("UPDATE audit_entry SET sequence = %s WHERE sequence = %s", new, old)

    verdict = verify()
    assert (verdict.first_bad, verdict.reason) == (2, "it does not follow the entry before it")


def test_swapped_contents_show() -> None:
    rows = make_sealed(4)

    tamper("UPDATE audit_entry SET resource_target = 'person2' WHERE sequence = 2")

    assert rows[1].resource_target == "person1"
    assert verify().first_bad == 2


def test_entry_that_was_slipped_in_shows() -> None:
    make_sealed(4)
    make_entries(1, resource_target="forged")

    tamper("UPDATE audit_entry SET sequence = sequence + 1000 WHERE sequence > 2")
    tamper("UPDATE audit_entry SET sequence = sequence - 999 WHERE sequence > 1000")
    tamper("UPDATE audit_entry SET sequence = 3, hash = %s WHERE sequence IS NULL", "0" * 64)

    assert verify().first_bad == 3


def test_entry_that_was_put_behind_the_end_shows() -> None:
    make_sealed(2)
    make_entries(1)

    tamper("UPDATE audit_entry SET sequence = 3, hash = %s WHERE sequence IS NULL", "0" * 64)

    verdict = verify()
    assert (verdict.first_bad, verdict.reason) == (3, "it was added without being chained")


def test_another_end_of_the_chain_shows() -> None:
    rows = make_sealed(3)
    assert verify().head_hash == rows[2].hash

    tamper("UPDATE audit_chain SET head_hash = %s", "0" * 64)

    verdict = verify()
    assert verdict.first_bad == 3
    assert verdict.reason == "it is not the entry that the chain ends with"


# The last entry has no successor that names its hash; only the end of the chain does.
def test_last_entry_that_was_changed_together_with_its_hash_shows() -> None:
    rows = make_sealed(3)
    forged, (sequence, previous) = rows[2], (3, rows[1].hash)
    forged.resource_target = "forged"

    tamper(
        "UPDATE audit_entry SET resource_target = 'forged', hash = %s WHERE sequence = 3",
        entry_hash(forged, sequence, previous),
    )

    assert verify().first_bad == 3


def test_retention_that_moves_on_during_a_look_is_no_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chain, "BATCH", 2)
    make_entries(6)
    tamper("UPDATE audit_entry SET at = %s", timezone.now() - timedelta(days=31))
    make_sealed(2)
    pruned: list[int] = []

    def prune_meanwhile(checked: int) -> None:
        if not pruned:
            pruned.append(entries_prune(keep=timedelta(days=30)))

    verdict = verify(prune_meanwhile)

    assert pruned == [6]
    assert verdict.is_intact, verdict
    assert (verdict.anchor_sequence, verdict.checked) == (6, 2)


# Somebody who can write everything can also chain everything again; a noted hash still tells.
def test_rewritten_chain_differs_from_a_noted_hash() -> None:
    make_sealed(3)
    noted = (verify().head_sequence, verify().head_hash)
    assert verify(known=noted).is_intact

    tamper(
        "UPDATE audit_entry "
        "SET resource_target = 'x', sequence = NULL, hash = '', previous_hash = ''"
    )
    tamper("UPDATE audit_chain SET head_sequence = 0, head_hash = ''")
    seal()

    assert verify().is_intact
    assert verify(known=noted).first_bad == 3


def test_truncated_chain_lacks_a_noted_entry() -> None:
    rows = make_sealed(3)
    noted = (3, rows[2].hash)

    tamper("DELETE FROM audit_entry WHERE sequence = 3")
    tamper("UPDATE audit_chain SET head_sequence = 2, head_hash = %s", rows[1].hash)

    assert verify().is_intact
    assert verify(known=noted).first_bad == 3


def test_entries_are_not_changed_through_the_model() -> None:
    (entry,) = make_entries(1)

    with pytest.raises(AppendOnly):
        entry.save()
    with pytest.raises(AppendOnly):
        entry.delete()
    with pytest.raises(AppendOnly):
        Entry.objects.update(action="x")
    with pytest.raises(AppendOnly):
        Entry.objects.all().delete()


def execute(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("column", [field.column for field in Entry._meta.local_fields])
def test_the_database_refuses_to_change_any_column_of_an_entry(column: str) -> None:
    make_sealed(1)

    with pytest.raises(DatabaseError, match="append-only"):
        execute(f"UPDATE audit_entry SET {column} = {column}")


# Refused by PostgreSQL only: whoever may open SQLite's file may do anything with it.
@pytest.mark.postgres
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "TRUNCATE accounts_user CASCADE; TRUNCATE audit_entry",
        "TRUNCATE audit_chain",
        "DELETE FROM audit_chain",
        "UPDATE audit_chain SET anchor_sequence = 2",
        "UPDATE audit_chain SET anchor_sequence = 2, anchor_hash = head_hash",
        "UPDATE audit_chain SET anchor_sequence = 0, anchor_hash = repeat('0', 64)",
        "UPDATE audit_chain SET head_sequence = 1",
        "UPDATE audit_chain SET head_hash = repeat('0', 64)",
        "UPDATE audit_chain SET number = 2",
    ],
)
def test_the_database_refuses_to_let_entries_go(statement: str) -> None:
    make_sealed(3)
    enable_all_triggers()

    with pytest.raises(DatabaseError, match=r"append-only|violates check constraint"):
        execute(statement)

    let_tests_truncate()
    assert verify().is_intact


# Its twin: what the chain itself does is let through.
@pytest.mark.postgres
def test_the_database_lets_the_chain_grow_and_retention_release_entries() -> None:
    old = timezone.now() - timedelta(days=31)
    for _ in range(3):
        Entry.objects.create(at=old, action="write", resource_type="user")
    make_sealed(1)
    enable_all_triggers()

    assert entries_prune(keep=timedelta(days=30)) == 3
    seal()

    let_tests_truncate()
    assert verify().is_intact


def enable_all_triggers() -> None:
    for table in ("audit_entry", "audit_chain"):
        execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_idle_sealing_costs_one_query() -> None:
    make_sealed(1)

    with CaptureQueriesContext(connection) as queries:
        seal()

    assert len(queries) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_writers_and_sealers_at_once_make_one_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 7)
    written = threading.Event()
    numbers = count()

    def write() -> None:
        for _ in range(50):
            with transaction.atomic():
                make_entries(1, resource_target=f"w{next(numbers)}")

    def seal_on() -> None:
        while not written.is_set():
            seal()

    sealers = [start(seal_on) for _ in range(3)]
    try:
        at_once(*[write] * 6)
    finally:
        written.set()
    for sealer in sealers:
        sealer.result(PATIENCE)
    seal()

    verdict = verify()
    assert verdict.is_intact, verdict
    assert (verdict.checked, verdict.unsealed) == (300, 0)
