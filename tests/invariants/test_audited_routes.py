"""Every change leaves one entry in the audit, and asking leaves none (accounts.md 1.18)."""

import pytest
from django.db import transaction

from audit.models import Entry
from tests.invariants.routes import PRINCIPALS, ROWS, Row, World, world

__all__ = ["world"]

# What is not a change, although it is a POST; the first user, whom nobody made; and what the
# worker records when it does it.
UNRECORDED = {
    "/users/first", "/users/validate-password", "/authcheck", "/authcheck/explain",
    "/users/otp/request",
    "/auth/leaked",  # Of rubbish nothing is recorded; of real tokens, that they were revoked.
}  # fmt: skip
# Creating is recorded when it succeeded: before that there is nothing to name.
SILENT_REFUSALS = {
    "POST /users", "POST /users/{alice}/keys", "POST /users/{alice}/keys/tokens",
    "POST /users/me/keys/tokens", "POST /users/{alice}/convert-login",
}  # fmt: skip

# What does many acts at once, and the statuses that each of them is recorded with.
OF_MANY_ACTS = {"POST /objects/bulk": [201]}


def is_recorded(row: Row) -> bool:
    return row.method != "GET" and row.path not in UNRECORDED


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_succeeds_is_recorded_once_and_reading_is_not(world: World, row: Row) -> None:
    succeeding = [name for name, status in row.statuses.items() if status < 300]
    for principal in succeeding:
        undo = transaction.savepoint()
        before = {entry.pk for entry in Entry.objects.all()}

        answer = world.send(row, principal)

        added = Entry.objects.exclude(pk__in=before)
        expected = OF_MANY_ACTS.get(str(row), [answer.status_code] * is_recorded(row))
        assert [entry.status_code for entry in added] == expected
        transaction.savepoint_rollback(undo)


@pytest.mark.parametrize("row", [row for row in ROWS if is_recorded(row)], ids=str)
def test_what_is_refused_is_recorded_at_most_once_without_a_diff(world: World, row: Row) -> None:
    refused = [name for name, status in row.statuses.items() if status >= 400]
    for principal in refused:
        undo = transaction.savepoint()

        answer = world.send(row, principal)

        told = [(entry.status_code, entry.diff) for entry in Entry.objects.all()]
        assert told in ([], [(answer.status_code, {})]), principal
        if answer.status_code == 401 or str(row) in SILENT_REFUSALS:
            assert told == [], principal
        transaction.savepoint_rollback(undo)


def test_every_exception_is_a_route() -> None:
    assert {row.path for row in ROWS} >= UNRECORDED
    assert {str(row) for row in ROWS} >= SILENT_REFUSALS | OF_MANY_ACTS.keys()
    assert len(PRINCIPALS) == len(next(iter(ROWS)).statuses)
