"""Tasks that outlive a request: claim, run, retry, take over (decision D19).

django-tasks keeps them as rows. Its own worker gives up on a task that failed and forgets one whose
worker was killed. Here every step is one conditional UPDATE, so a worker may die between any two
of them. A task runs at least once, and seldom twice.
"""

import logging
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from smtplib import SMTPNotSupportedError, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.db import OperationalError, connection
from django.utils import timezone
from django_tasks import TaskContext, TaskResultStatus
from django_tasks.utils import normalize_json
from django_tasks_db.models import DBTaskResult, get_date_max

logger = logging.getLogger(__name__)

Row = DBTaskResult[Any, Any]

# A worker holds a task this long at most; TIME_LIMIT ends the task well before.
LEASE = timedelta(minutes=2)
TIME_LIMIT = timedelta(seconds=90)
FIRST_PAUSE, PAUSE_GROWTH, LONGEST_PAUSE = timedelta(seconds=5), 3, timedelta(minutes=15)
# An attempt that starts later than this after the task was asked for is the last one.
DEADLINE = timedelta(hours=4)
KEEP_SUCCESSFUL, KEEP_FAILED = timedelta(days=1), timedelta(days=30)


class Abandoned(BaseException):
    """The worker must end before the task is done; another worker will repeat it."""


class TimeLimitReached(BaseException):
    """The task took too long. Not an Exception: a task must not swallow it."""


def task_claim(worker_id: str) -> Row | None:
    """Take the next task that is due, or return None. One query when there is nothing to do."""
    row: Row | None = DBTaskResult.objects.ready().first()
    if row is None:
        return None
    before = row.started_at
    row.status = TaskResultStatus.RUNNING
    row.started_at = timezone.now()
    row.worker_ids = [*row.worker_ids, worker_id]
    claimed = DBTaskResult.objects.filter(
        pk=row.pk, status=TaskResultStatus.READY, started_at=before
    ).update(status=row.status, started_at=row.started_at, worker_ids=row.worker_ids)
    return row if claimed else None  # Another worker was faster.


def task_run(row: Row, limits: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
    """Run a claimed task and store the outcome; never raises what the task raises.

    `limits` is a context around the task that may raise Abandoned or TimeLimitReached in it.
    """
    try:
        result: Any = row.task_result
        task = result.task
        first = (TaskContext(task_result=result),) if task.takes_context else ()
        with limits():
            value = normalize_json(task.call(*first, *result.args, **result.kwargs))
    except Abandoned:
        connection.close()  # It may be in the middle of a statement.
        _settle(row, status=TaskResultStatus.READY, run_after=get_date_max())
        logger.warning("Task %s (%s) is left to the next worker", row.task_name, row.pk)
    except TimeLimitReached as error:
        connection.close()
        _failed(row, error)
    except Exception as error:  # noqa: BLE001 (whatever it is, the task is tried again)
        _failed(row, error)
    else:
        _settle(
            row,
            status=TaskResultStatus.SUCCESSFUL,
            finished_at=timezone.now(),
            return_value=value,
            exception_class_path="",
            traceback="",
        )


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts: 5 s, 15 s, 45 s, … 15 min."""
    # Bounded before it is raised to a power: there may be many attempts.
    factor: int = PAUSE_GROWTH ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * factor, LONGEST_PAUSE)


def tasks_reclaim() -> int:
    """Release the tasks whose worker is gone; return how many. One query when there are none.

    A task past its deadline that still takes its worker down with it is given up.
    """
    stale = DBTaskResult.objects.running().filter(started_at__lt=timezone.now() - LEASE)
    freed = 0
    for row in stale:
        if _is_last_attempt(row):
            _give_up(row, "its worker was killed")
        elif _settle(row, status=TaskResultStatus.READY, run_after=get_date_max()):
            logger.warning("Task %s (%s) lost its worker and is due again", row.task_name, row.pk)
            freed += 1
    return freed


def results_prune() -> int:
    """Delete the rows of tasks that finished long ago; return how many."""
    now = timezone.now()
    successful = DBTaskResult.objects.successful().filter(finished_at__lt=now - KEEP_SUCCESSFUL)
    failed = DBTaskResult.objects.failed().filter(finished_at__lt=now - KEEP_FAILED)
    return sum(rows.delete()[0] for rows in (successful, failed))


def describe(error: BaseException) -> str:
    """Say what went wrong in words that are safe to log and to store.

    The error's own text is not: a mail server quotes the address, or the link with the passcode.
    """
    name = type(error).__name__
    if isinstance(error, SMTPNotSupportedError):
        return f"{name}: {error}"  # Words of Python's or our own, none of the server's.
    if isinstance(error, SMTPResponseException):
        return f"{name} {error.smtp_code}"
    if isinstance(error, SMTPRecipientsRefused):
        return f"{name} {', '.join(str(code) for code, _ in error.recipients.values())}"
    if isinstance(error, OSError) and isinstance(error.strerror, str):
        return f"{name}: {error.strerror}"
    return name


def _failed(row: Row, error: BaseException) -> None:
    reason = describe(error)
    frames = "".join(traceback.format_tb(error.__traceback__))
    kept = {
        "exception_class_path": f"{type(error).__module__}.{type(error).__qualname__}",
        "traceback": f"{frames}{reason}\n",
    }
    if _is_last_attempt(row):
        _give_up(row, reason, **kept)
        return
    now = timezone.now()
    again_at = min(now + pause_after(len(row.worker_ids)), max(row.enqueued_at + DEADLINE, now))
    if _settle(row, status=TaskResultStatus.READY, run_after=again_at, **kept):
        logger.warning(
            "Task %s (%s) failed: %s; attempt %d follows in %d s",
            row.task_name,
            row.pk,
            reason,
            len(row.worker_ids) + 1,
            (again_at - now).total_seconds(),
        )


def _is_last_attempt(row: Row) -> bool:
    return row.started_at is not None and row.started_at >= row.enqueued_at + DEADLINE


def _give_up(row: Row, reason: str, **kept: str) -> None:
    if _settle(row, status=TaskResultStatus.FAILED, finished_at=timezone.now(), **kept):
        logger.error(
            "Task %s (%s) is given up after %d attempts: %s",
            row.task_name,
            row.pk,
            len(row.worker_ids),
            reason,
        )


def _settle(row: Row, **fields: object) -> bool:
    """Store an outcome, unless the task was taken over by another worker meanwhile."""
    mine = DBTaskResult.objects.filter(
        pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at
    )
    try:
        return bool(mine.update(**fields))
    except OperationalError:
        if connection.in_atomic_block:
            raise
        connection.close()  # The database dropped the connection while the task ran.
        return bool(mine.update(**fields))
