"""Let one of several processes that start together migrate; the others wait for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

# Any number that nothing else in the database uses.
MIGRATION_LOCK = 0x636F646572
TRY_EVERY = 0.5
# Seconds; the migrations of a large database may take minutes.
LONGEST_WAIT = 1800.0


@contextmanager
def one_at_a_time(say: Callable[[str], object]) -> Iterator[None]:
    """Hold the lock on migrations of a PostgreSQL; raises CommandError if others never release it.

    It ends with a transaction, on a connection of its own. A lock that ends with its session would
    stay behind a pooler, which gives the session to somebody else.
    """
    if connection.vendor != "postgresql":
        yield  # SQLite has one writer at a time.
        return
    own = connection.copy("migration lock")
    try:
        own.set_autocommit(False)
        _acquire(own, say)
        yield
    finally:
        own.close()


def _acquire(own: BaseDatabaseWrapper, say: Callable[[str], object]) -> None:
    deadline, is_told = time.monotonic() + LONGEST_WAIT, False
    while not _is_acquired(own):
        if time.monotonic() > deadline:
            raise CommandError(
                f"Another process has been migrating this database for {LONGEST_WAIT / 60:.0f} "
                "minutes. See what it does, end it if it hangs, and start again."
            )
        if not is_told:
            say("Another process is migrating this database. Waiting for it.")
            is_told = True
        time.sleep(TRY_EVERY)


def _is_acquired(own: BaseDatabaseWrapper) -> bool:
    with own.cursor() as cursor:
        # It waits in a transaction for as long as the migrations take.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [MIGRATION_LOCK])
        if cursor.fetchone()[0]:
            return True
    own.rollback()
    return False
