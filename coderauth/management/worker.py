"""The loop that runs tasks, and chores beside them; `serve` and `db_worker` share it."""

import logging
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from coderauth.management.chores import Chores
from coderauth.management.interruptions import Interruptions
from coderauth.tasks import task_claim, task_run

logger = logging.getLogger(__name__)

POLL_EVERY = 1.0
LONGEST_PAUSE = 30.0


class Worker:
    """Run tasks one after the other. When idle, it sends one short query a second."""

    def __init__(self, interruptions: Interruptions) -> None:
        self.id = uuid4().hex
        self._interruptions = interruptions
        self._chores = Chores(settings.CHORES)
        # Who stops does not wait for others: what they did not confirm is sent again.
        self._outgoing = Chores(settings.OUTGOING_CHORES, stop_within=0.5)
        self._retention = Chores(settings.RETENTION_CHORES, stop_within=0.5)

    def run(self, goes_on: Callable[[], bool]) -> None:
        """Run until the process is asked to stop or `goes_on` says no.

        Survives a database that goes away: waits for it, ever longer, and logs so once.
        """
        with self._chores.under_way(), self._outgoing.under_way(), self._retention.under_way():
            self._run_tasks(goes_on)

    def _run_tasks(self, goes_on: Callable[[], bool]) -> None:
        pause = POLL_EVERY
        while not self._interruptions.stopping and goes_on():
            try:
                ran = self._step()
            except (DatabaseError, InterfaceError) as error:
                connection.close()
                if pause == POLL_EVERY:
                    logger.warning("Tasks wait for the database: %s", type(error).__name__)
                pause = min(pause * 2, LONGEST_PAUSE)
                self._interruptions.sleep(pause)
                continue
            pause = POLL_EVERY
            if not ran:
                self._interruptions.sleep(POLL_EVERY)

    def run_due(self) -> int:
        """Do the chores and run the tasks that are due now; return how many tasks there were."""
        self._chores.do_due()
        self._outgoing.do_due()
        self._retention.do_due()
        count = 0
        while not self._interruptions.stopping and self._step():
            count += 1
        return count

    def _step(self) -> bool:
        """Run one task; return False when none is due."""
        row = task_claim(self.id)
        if row is None:
            return False
        task_run(row, self._interruptions.task_limits)
        return True
