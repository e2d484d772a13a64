"""Find callers from the event loop, which must never wait for a database.

On SQLite a statement takes some thirty microseconds and is run where it stands. PostgreSQL is asked
over one connection of its own, with many statements under way at once.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus

from scopes.caller_statement import caller_statement

logger = logging.getLogger(__name__)

Row = Sequence[Any]
Then = Callable[[Row | None], None]

# A database that takes longer than this does not answer.
PATIENCE = 1.0
# How long the database is left alone after it did not answer.
PAUSE = 5.0
_NAME = b"caller"


class Finder(Protocol):
    """Finds the row of a key's caller, as `scopes.callers.Caller` takes it."""

    def find(self, key_id: str, then: Then) -> None:
        """Call `then` with the row, or with None if there is none or the database does not say."""

    async def run(self) -> None:
        """Keep what is needed open while this runs."""


def finder() -> Finder:
    """Return the finder for the configured database."""
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        return PostgresFinder()
    return SqliteFinder()


def _open() -> BaseDatabaseWrapper:
    """Return a connection that belongs to no thread, opened with Django's settings."""
    wrapper = connections.create_connection(DEFAULT_DB_ALIAS)
    wrapper.inc_thread_sharing()
    wrapper.connect()
    return wrapper


class SqliteFinder:
    """Asks at once: readers do not wait for writers (WAL)."""

    def __init__(self) -> None:
        self._raw: sqlite3.Connection | None = None
        self._statement = caller_statement("sqlite").replace("%(key)s", ":key")

    async def run(self) -> None:
        wrapper = await asyncio.to_thread(_open)
        raw: sqlite3.Connection = wrapper.connection
        raw.execute("PRAGMA busy_timeout = 0")
        raw.execute("PRAGMA query_only = ON")
        self._raw = raw
        await asyncio.Event().wait()

    def find(self, key_id: str, then: Then) -> None:
        row: Row | None = None
        if self._raw is not None:
            with suppress(sqlite3.Error):  # Django asks again, and says what is wrong.
                row = self._raw.execute(self._statement, {"key": key_id}).fetchone()
        then(row)


class PostgresFinder:
    """Sends each statement at once and reads answers as they come (libpq's pipeline mode).

    psycopg's own asynchronous connection costs more for a statement than Django for a request.
    """

    def __init__(self) -> None:
        self._connection: psycopg.Connection[Any] | None = None
        # Kept, because a connection that is lost no longer says which it had: the loop must let go
        # of the number before another connection, perhaps a client's, gets it.
        self._socket = -1
        self._waiting: deque[tuple[float, Then]] = deque()
        self._statement = caller_statement("postgresql").replace("%(key)s", "$1").encode()
        self._transformer = Transformer()
        self._row: Row | None = None

    async def run(self) -> None:
        """Open the connection, and open it again some time after it failed."""
        self._loop = asyncio.get_running_loop()
        while True:
            try:
                await self._connect()
            except (Error, psycopg.Error):
                logger.warning("The express lane waits for the database")
            while self._connection is not None:
                await asyncio.sleep(PATIENCE / 4)
                if self._waiting and self._waiting[0][0] < self._loop.time():
                    self._fail("it does not answer")
            await asyncio.sleep(PAUSE)

    def find(self, key_id: str, then: Then) -> None:
        if self._connection is None:
            then(None)
            return
        self._waiting.append((self._loop.time() + PATIENCE, then))
        pgconn = self._connection.pgconn
        try:
            if settings.PREPARED_STATEMENTS:
                pgconn.send_query_prepared(_NAME, [key_id.encode()])
            else:
                pgconn.send_query_params(self._statement, [key_id.encode()])
            pgconn.pipeline_sync()
            self._flush()
        except psycopg.Error as error:
            self._fail(str(error))

    async def _connect(self) -> None:
        wrapper = await asyncio.to_thread(_open)
        connection: psycopg.Connection[Any] = wrapper.connection
        pgconn = connection.pgconn
        if settings.PREPARED_STATEMENTS:
            await asyncio.to_thread(pgconn.prepare, _NAME, self._statement)
        pgconn.nonblocking = 1
        pgconn.enter_pipeline_mode()
        self._transformer = Transformer(connection)
        self._connection, self._socket = connection, pgconn.socket
        self._loop.add_reader(self._socket, self._read)

    def _flush(self) -> None:
        """Send what is not sent yet, as far as the socket accepts it."""
        connection = self._connection
        if connection is None:
            return
        try:
            is_left = connection.pgconn.flush()
        except psycopg.Error as error:
            self._fail(str(error))
            return
        if is_left:
            self._loop.add_writer(self._socket, self._flush)
        else:
            self._loop.remove_writer(self._socket)

    def _read(self) -> None:
        connection = self._connection
        if connection is None:
            return
        pgconn = connection.pgconn
        try:
            pgconn.consume_input()
            self._take(pgconn)
        except psycopg.Error as error:
            self._fail(str(error))

    def _take(self, pgconn: Any) -> None:
        """Read all available results; each statement's are followed by a synchronization."""
        gaps = 0
        while self._waiting and gaps < 2 and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                gaps += 1
                continue
            gaps = 0
            if result.status == ExecStatus.PIPELINE_SYNC:
                _, then = self._waiting.popleft()
                row, self._row = self._row, None
                then(row)
                if self._connection is None:
                    return
            elif result.status == ExecStatus.TUPLES_OK and result.ntuples:
                self._transformer.set_pgresult(result)
                self._row = self._transformer.load_row(0, tuple)
            elif result.status not in (ExecStatus.TUPLES_OK, ExecStatus.PIPELINE_ABORTED):
                raise psycopg.OperationalError((result.error_message or b"").decode())

    def _fail(self, reason: str) -> None:
        """Give up the connection, and pass on all requests that wait for it."""
        logger.warning("The express lane gives up its database connection: %s", reason)
        connection, self._connection = self._connection, None
        if connection is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            connection.pgconn.finish()
        waiting, self._waiting, self._row = self._waiting, deque(), None
        for _, then in waiting:
            then(None)
