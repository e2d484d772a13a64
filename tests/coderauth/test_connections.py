"""Connections of threads that have ended are closed: nobody else would close them."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import psycopg
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from coderauth import connections
from coderauth.connections import Owner, close_orphans
from tests.processes import Installation, children, until

THREADS = 8


@pytest.fixture(autouse=True)
def _no_other_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_owners", {})


def opened_in(thread_of: threading.Thread, held: list[BaseDatabaseWrapper]) -> BaseDatabaseWrapper:
    thread_of.start()
    thread_of.join()
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
        stay.wait(10)


@pytest.mark.django_db(transaction=True)
def test_the_connection_of_an_ended_thread_is_closed_when_the_next_one_opens() -> None:
    held: list[BaseDatabaseWrapper] = []
    ended = opened_in(threading.Thread(target=use_a_connection, args=[held]), held)
    assert ended.connection is not None

    use_a_connection(held)
    assert ended.connection is None
    held.pop().close()


@pytest.mark.django_db(transaction=True)
def test_the_connection_of_a_living_thread_stays_open() -> None:
    held: list[BaseDatabaseWrapper] = []
    stay = threading.Event()
    living = threading.Thread(target=use_a_connection, args=[held, stay])
    living.start()
    while not held:
        time.sleep(0.01)
    theirs = held.pop()

    use_a_connection(held)
    assert theirs.connection is not None
    stay.set()
    living.join()
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


@pytest.mark.postgres
def test_a_real_server_does_not_leak_connections_when_its_threads_come_and_go(
    migrated: Installation,
) -> None:
    """Takes 35 seconds: granian ends threads that were idle for thirty."""
    migrated.environment["CODERAUTH_THREADS"] = str(THREADS)
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        worker = children(children(server.process.pid)[0])[0]

        def load() -> tuple[int, int]:
            with ThreadPoolExecutor(3 * THREADS) as threads:
                answers = list(threads.map(migrated.call, ["/api/v2/buildinfo"] * 200))
            assert set(answers) == {200}
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
        deadline = time.monotonic() + 45
        while count_threads() > busy - connected + 1 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert count_threads() < busy, "no thread has ended"
        again, files_again = load()
        assert again <= THREADS
        assert files_again <= files + THREADS // 2
