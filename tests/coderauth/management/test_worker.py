"""Tasks are tried again, taken over and cleared away (decision D19)."""

import os
import signal
import smtplib
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import get_commands
from django.db import OperationalError, connection
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries

from coderauth import tasks as work
from coderauth.management import interruptions
from coderauth.management.interruptions import Interruptions
from coderauth.management.worker import Worker
from coderauth.tasks import DEADLINE, LEASE, task_claim, task_run, tasks_reclaim
from tests.processes import Installation
from tests.waiting import until

SAID = b"refused: your canary-passcode for alice@example.test"
done: list[str] = []


@task()
def succeed(word: str) -> str:
    done.append(word)
    return word


@task()
def fail() -> None:
    raise smtplib.SMTPDataError(550, SAID)


@task()
def never_end() -> None:
    threading.Event().wait(30)


@task()
def ask_to_stop_and_never_end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(30)


@pytest.fixture(autouse=True)
def _nothing_done() -> None:
    done.clear()


def row_of(result: Any) -> work.Row:
    row: work.Row = DBTaskResult.objects.get(pk=result.id)
    return row


def attempt() -> None:
    row = task_claim("worker")
    assert row is not None
    task_run(row)


def test_a_task_runs_once(db: None) -> None:
    result = succeed.enqueue("hello")
    attempt()
    assert done == ["hello"]
    assert row_of(result).status == "SUCCESSFUL"
    assert row_of(result).return_value == "hello"
    assert task_claim("worker") is None


def test_two_workers_never_hold_the_same_task(db: None) -> None:
    succeed.enqueue("hello")
    assert task_claim("one") is not None
    assert task_claim("two") is None


def test_a_worker_that_was_overtaken_while_it_looked_gets_nothing(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    succeed.enqueue("hello")
    stale = DBTaskResult.objects.ready().first()
    assert task_claim("faster") is not None
    monkeypatch.setattr("django.db.models.query.QuerySet.first", lambda _: stale)
    assert task_claim("slower") is None


def test_a_failed_task_is_tried_again_after_growing_pauses(db: None) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        result = fail.enqueue()
        pauses = []
        for _ in range(7):
            attempt()
            row = row_of(result)
            assert row.status == "READY"
            assert task_claim("worker") is None
            pause = row.run_after - timezone.now()
            pauses.append(int(pause.total_seconds()))
            clock.shift(pause)
    assert pauses == [5, 15, 45, 135, 405, 900, 900]


def test_the_last_attempt_is_at_the_deadline(db: None, caplog: pytest.LogCaptureFixture) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        result = fail.enqueue()
        clock.shift(DEADLINE - timedelta(seconds=2))
        attempt()
        row = row_of(result)
        assert row.run_after == row.enqueued_at + DEADLINE
        clock.shift(timedelta(seconds=2))
        attempt()
        assert row_of(result).status == "FAILED"
        assert task_claim("worker") is None
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


def test_a_task_that_waited_beyond_its_deadline_still_gets_its_attempt(db: None) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        succeed.enqueue("late")
        clock.shift(DEADLINE * 3)
        attempt()
    assert done == ["late"]


def test_neither_log_nor_database_keep_what_the_mail_server_said(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    result = fail.enqueue()
    attempt()
    row = row_of(result)
    kept = caplog.text + row.traceback + row.exception_class_path
    assert "SMTPDataError 550" in caplog.text
    assert "SMTPDataError 550" in row.traceback
    assert "in fail" in row.traceback
    assert "canary-passcode" not in kept
    assert "alice@example.test" not in kept


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (smtplib.SMTPRecipientsRefused({"a@b.test": (451, b"secret")}), "451"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (smtplib.SMTPServerDisconnected("secret"), "SMTPServerDisconnected"),
        (ValueError("secret"), "ValueError"),
    ],
)
def test_an_error_is_described_without_its_text(error: Exception, text: str) -> None:
    described = work.describe(error)
    assert text in described
    assert "secret" not in described
    assert "a@b.test" not in described


def test_a_task_that_no_longer_exists_is_tried_again_and_stops_nothing(db: None) -> None:
    result = succeed.enqueue("hello")
    DBTaskResult.objects.update(task_path="accounts.passwords.passcodes.gone")
    attempt()
    assert row_of(result).status == "READY"
    assert done == []


def test_a_task_left_running_is_taken_over_after_the_lease(db: None) -> None:
    succeed.enqueue("hello")
    assert task_claim("killed") is not None
    assert tasks_reclaim() == 0
    assert task_claim("next") is None

    DBTaskResult.objects.update(started_at=timezone.now() - LEASE - timedelta(seconds=1))
    assert tasks_reclaim() == 1
    attempt()
    assert done == ["hello"]


def test_a_task_that_kills_every_worker_is_given_up_after_the_deadline(db: None) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        result = succeed.enqueue("poison")
        while row_of(result).status == "READY":
            assert task_claim("victim") is not None
            clock.shift(LEASE + timedelta(seconds=1))
            tasks_reclaim()
        assert row_of(result).status == "FAILED"
        assert timezone.now() >= row_of(result).enqueued_at + DEADLINE


def test_a_worker_that_was_too_slow_does_not_overwrite_its_successor(db: None) -> None:
    result = succeed.enqueue("hello")
    slow = task_claim("slow")
    assert slow is not None
    DBTaskResult.objects.update(started_at=timezone.now() - LEASE * 2)
    tasks_reclaim()
    assert task_claim("next") is not None
    task_run(slow)
    assert row_of(result).status == "RUNNING"


def test_results_are_deleted_in_time(db: None) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        old = succeed.enqueue("old")
        attempt()
        given_up = fail.enqueue()
        DBTaskResult.objects.filter(pk=given_up.id).update(
            status="FAILED", finished_at=timezone.now()
        )
        clock.shift(timedelta(hours=25))
        new = succeed.enqueue("new")
        attempt()
        work.results_prune()
        kept = {str(pk) for pk in DBTaskResult.objects.values_list("pk", flat=True)}
        assert kept == {given_up.id, new.id}
        assert old.id not in kept
        clock.shift(timedelta(days=30))
        work.results_prune()
        assert not DBTaskResult.objects.exists()


def test_an_idle_worker_sends_one_query_a_round(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    idle = Worker(Interruptions())
    idle.run_due()
    with django_assert_num_queries(1):
        idle.run_due()


def test_a_worker_waits_for_a_database_that_went_away(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [OperationalError("down: password=canary"), OperationalError("down"), False, True]
    rounds: list[bool] = []

    def step(self: Worker) -> bool:
        answer = answers.pop(0)
        rounds.append(True)
        if isinstance(answer, Exception):
            raise answer
        return bool(answer)

    monkeypatch.setattr(Worker, "_step", step)
    monkeypatch.setattr(Interruptions, "sleep", lambda *_: None)
    monkeypatch.setattr(connection, "close", lambda: None)
    Worker(Interruptions()).run(lambda: bool(answers))
    assert len(rounds) == 4
    assert caplog.text.count("Tasks wait for the database") == 1
    assert "canary" not in caplog.text


@pytest.fixture
def handled() -> Iterator[Interruptions]:
    made = Interruptions()
    with made.handled():
        yield made


@pytest.mark.django_db(transaction=True)
def test_a_task_that_takes_too_long_is_cut_short_and_tried_again(
    handled: Interruptions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(interruptions, "TIME_LIMIT", timedelta(seconds=0.1))
    result = never_end.enqueue()
    Worker(handled).run_due()
    assert row_of(result).status == "READY"
    assert row_of(result).run_after > timezone.now()
    assert "TimeLimitReached" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_task_that_outlasts_the_stop_is_left_to_the_next_worker(
    handled: Interruptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interruptions, "GRACE", 0.1)
    result = ask_to_stop_and_never_end.enqueue()
    Worker(handled).run(lambda: True)
    assert handled.stopping
    assert row_of(result).status == "READY"
    assert DBTaskResult.objects.ready().count() == 1


def test_a_sleep_ends_when_a_signal_arrives(handled: Interruptions) -> None:
    threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGTERM]).start()
    handled.sleep(20)
    assert handled.stopping


def test_the_worker_command_is_ours() -> None:
    assert get_commands()["db_worker"] == "coderauth"


class SlowServer:
    """A mail server that greets and then says nothing, or does everything right."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.reached = threading.Event()
        self._thread = threading.Thread(target=self._greet, daemon=True)
        self._thread.start()

    def _greet(self) -> None:
        self._held, _ = self.socket.accept()
        self._held.sendall(b"220 slow.test ESMTP\r\n")
        self.reached.set()

    def close(self) -> None:
        self._thread.join(5)
        self._held.close()
        self.socket.close()


@pytest.mark.long
def test_a_mail_survives_a_worker_that_is_killed_while_it_sends(migrated: Installation) -> None:
    assert (
        migrated.run(
            "create_admin", "--email=a@b.test", "--username=ann", "--generate-password"
        ).returncode
        == 0
    )
    mails = migrated.folder / "data" / "mail"
    ask = "from accounts.passwords.passcodes import passcode_request as ask; ask(email='a@b.test')"
    status = "SELECT status FROM django_tasks_database_dbtaskresult"
    assert migrated.run("shell", "-c", ask).returncode == 0
    slow = SlowServer()
    migrated.environment["CODERAUTH_EMAIL_SMARTHOST"] = f"127.0.0.1:{slow.port}"
    with migrated.start("db_worker") as first:
        until(slow.reached.is_set)
        assert first.stop(signal.SIGKILL) == -signal.SIGKILL
    slow.close()
    assert migrated.rows(status) == [["RUNNING"]]

    del migrated.environment["CODERAUTH_EMAIL_SMARTHOST"]
    assert migrated.run("db_worker", "--batch").returncode == 0
    assert not any(mails.glob("*.eml")), "the lease of the killed worker has not ended yet"
    earlier = (timezone.now() - LEASE).strftime("%Y-%m-%d %H:%M:%S")
    migrated.rows(f"UPDATE django_tasks_database_dbtaskresult SET started_at = '{earlier}'")
    done = migrated.run("db_worker", "--batch")
    assert done.returncode == 0
    assert "lost its worker" in done.stderr
    assert len(list(mails.glob("*.eml"))) == 1
    assert migrated.rows(status) == [["SUCCESSFUL"]]
