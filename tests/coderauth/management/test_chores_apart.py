"""Chores are done in time, whatever tasks, the database or other chores do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import OperationalError

from coderauth.management import chores
from coderauth.management.chores import Chores
from tests.processes import Installation
from tests.waiting import PATIENCE, until

HERE = __name__
done: list[str] = []
troubles: list[Exception] = []


def sweep() -> None:
    done.append("swept")


def stumble() -> None:
    done.append("stumbled")
    if troubles:
        raise troubles.pop(0)


@pytest.fixture(autouse=True)
def _begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    done.clear()
    troubles.clear()
    monkeypatch.setattr(chores, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(chores, "LONGEST_PAUSE", 0.001)


def test_a_chore_is_done_when_it_is_due_and_not_before() -> None:
    made = Chores([(f"{HERE}.sweep", 3600.0), (f"{HERE}.stumble", 0.0)])
    made.do_due()
    made.do_due()
    assert done == ["swept", "stumbled", "stumbled"]


def test_a_chore_that_fails_hinders_no_other(caplog: pytest.LogCaptureFixture) -> None:
    troubles.append(ZeroDivisionError())
    made = Chores([(f"{HERE}.stumble", 3600.0), (f"{HERE}.sweep", 0.0)])
    with made.under_way():
        until(lambda: done.count("swept") > 1)
    assert done.count("stumbled") == 1
    assert f"{HERE}.stumble failed; it is done again in 3600 s" in caplog.text


def test_chores_wait_for_a_database_that_went_away_and_say_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    troubles.extend([OperationalError("down: password=canary"), OperationalError("down")])
    with Chores([(f"{HERE}.stumble", 3600.0)]).under_way():
        until(lambda: done.count("stumbled") == 3)
    assert caplog.text.count("Chores wait for the database") == 1
    assert "canary" not in caplog.text


def test_chores_end_with_the_worker() -> None:
    with Chores([(f"{HERE}.sweep", 0.0)]).under_way():
        until(lambda: len(done) > 1)
    assert "chores" not in {thread.name for thread in threading.enumerate()}


@contextmanager
def dripping_mail_server() -> Iterator[tuple[int, threading.Event]]:
    """Run a server that greets for ever, a line a second; yield its port and "somebody came"."""
    came, ended = threading.Event(), threading.Event()

    def drip() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            came.set()
            with connection:
                while not ended.wait(1):
                    connection.sendall(b"220-not yet\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1], came
        finally:
            ended.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)


@pytest.mark.long
def test_audit_entries_are_sealed_while_a_mail_server_drips(migrated: Installation) -> None:
    made = migrated.run("create_admin", "--email=a@b.test", "--username=ann", "--generate-password")
    assert made.returncode == 0, made.stderr
    ask = "from accounts.passwords.passcodes import passcode_request as ask; ask(email='a@b.test')"
    assert migrated.run("shell", "-c", ask).returncode == 0
    with dripping_mail_server() as (port, came):
        migrated.environment["CODERAUTH_EMAIL_SMARTHOST"] = f"127.0.0.1:{port}"
        with migrated.start("db_worker"):
            until(came.is_set)
            made = migrated.run(
                "create_admin", "--email=b@b.test", "--username=bob", "--generate-password"
            )
            assert made.returncode == 0, made.stderr
            unsealed = "SELECT count(*) FROM audit_entry WHERE sequence IS NULL"
            until(lambda: migrated.rows(unsealed) == [[0]])
            running = "SELECT status FROM django_tasks_database_dbtaskresult"
            assert ["RUNNING"] in migrated.rows(running), "the mail was over before"
