"""Connections of threads that have ended are closed: nobody else would close them."""

import os
import sys
import threading
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import psycopg
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from coderauth import connections
from coderauth.connections import Owner, close_orphans
from tests.processes import Installation, children
from tests.threads import start
from tests.waiting import PATIENCE, until

THREADS = 8


@pytest.fixture(autouse=True)
def _no_other_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_owners", {})


def opened_elsewhere(held: list[BaseDatabaseWrapper]) -> BaseDatabaseWrapper:
    """Return a connection whose thread has ended."""
    start(partial(use_a_connection, held)).result(PATIENCE)
    wrapper = held.pop()
    # The system takes a moment longer than Python.
    until(lambda: connections._owners[wrapper].is_gone)
    return wrapper


def use_a_connection(held: list[BaseDatabaseWrapper], stay: threading.Event | None = None) -> None:
    wrapper = connection.copy()
    wrapper.inc_thread_sharing()
    wrapper.connect()
    held.append(wrapper)
    if stay is not None:
        assert stay.wait(PATIENCE)


@pytest.mark.django_db(transaction=True)
def test_the_connection_of_an_ended_thread_is_closed_when_the_next_one_opens() -> None:
    held: list[BaseDatabaseWrapper] = []
    ended = opened_elsewhere(held)
    assert ended.connection is not None

    use_a_connection(held)
    assert ended.connection is None
    held.pop().close()


@pytest.mark.django_db(transaction=True)
def test_the_connection_of_a_living_thread_stays_open() -> None:
    held: list[BaseDatabaseWrapper] = []
    stay = threading.Event()
    living = start(partial(use_a_connection, held, stay))
    until(lambda: bool(held))
    theirs = held.pop()

    use_a_connection(held)
    assert theirs.connection is not None
    stay.set()
    living.result(PATIENCE)
    theirs.close()
    held.pop().close()


def test_a_thread_that_python_did_not_start_is_found_gone() -> None:
    owner = Owner.current()
    assert not owner.is_gone
    # Python takes such a thread for alive for ever; its id is another thread's now.
    reused = Owner(owner.process, owner.thread, owner.native_id, started="1")
    assert reused.is_gone


def test_the_connection_of_another_process_is_left_alone() -> None:
    inherited, mine = Mock(), Mock()
    stranger = Owner(os.getpid() + 1, threading.current_thread(), 1, started="1")
    connections._owners[inherited] = stranger
    close_orphans(connection=mine)
    inherited.connection.close.assert_not_called()

    connections._owners[inherited] = Owner(os.getpid(), stranger.thread, 1, started="1")
    raw = inherited.connection
    close_orphans(connection=mine)
    raw.close.assert_called_once_with()
    assert inherited.connection is None


# What `serve` starts, with threads that end as soon as granian lets them: after five seconds.
IMPATIENT = """
import functools, os
from coderauth.management import web_server
os.dup2(os.pipe()[0], 0)  # Its input never ends: it would end with it.
web_server.PatientServer = functools.partial(
    web_server.PatientServer, blocking_threads_idle_timeout=5
)
web_server.main()
"""


@pytest.mark.postgres
def test_a_real_server_does_not_leak_connections_when_its_threads_come_and_go(
    migrated: Installation,
) -> None:
    migrated.environment["CODERAUTH_THREADS"] = str(THREADS)
    with migrated.start(sys.executable, "-c", IMPATIENT, "127.0.0.1") as server:
        until(migrated.is_listening)
        (worker,) = children(server.process.pid)

        def many() -> list[int]:
            return [migrated.call("/api/v2/buildinfo") for _ in range(10)]

        def load() -> tuple[int, int]:
            answers = [start(many) for _ in range(3 * THREADS)]
            assert {status for some in answers for status in some.result(PATIENCE)} == {200}
            with psycopg.connect(migrated.environment["CODERAUTH_DATABASE_URL"]) as probe:
                row = probe.execute(
                    "SELECT count(*) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                ).fetchone()
            assert row is not None
            return int(row[0]), len(list(Path(f"/proc/{worker}/fd").iterdir()))

        def count_threads() -> int:
            return len(list(Path(f"/proc/{worker}/task").iterdir()))

        connected, files = load()
        busy = count_threads()
        assert 2 <= connected <= THREADS
        # All that have a connection, but for one.
        until(lambda: count_threads() <= busy - connected + 1)
        again, files_again = load()
        assert again <= THREADS
        assert files_again <= files + THREADS // 2
