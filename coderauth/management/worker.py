"""The loop that runs tasks; `serve` and `db_worker` share it."""

import logging
import time
from collections.abc import Callable
from uuid import uuid4

from django.db import DatabaseError, InterfaceError, connection

from audit.chain import seal
from coderauth.management.interruptions import Interruptions
from coderauth.tasks import results_prune, task_claim, task_run, tasks_reclaim

logger = logging.getLogger(__name__)

POLL_EVERY = 1.0
SEAL_EVERY = 5.0
RECLAIM_EVERY = 15.0
PRUNE_EVERY = 3600.0
LONGEST_PAUSE = 30.0


class Worker:
    """Run tasks one after the other. When idle, it sends one short query a second."""

    def __init__(self, interruptions: Interruptions) -> None:
        self.id = uuid4().hex
        self._interruptions = interruptions
        self._seal_at = self._reclaim_at = self._prune_at = 0.0

    def run(self, goes_on: Callable[[], bool]) -> None:
        """Run until the process is asked to stop or `goes_on` says no.

        Survives a database that goes away: waits for it, ever longer, and logs so once.
        """
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
        """Run the tasks that are due now; return how many there were."""
        count = 0
        while not self._interruptions.stopping and self._step():
            count += 1
        return count

    def _step(self) -> bool:
        """Keep house when it is time, and run one task; return False when none is due."""
        now = time.monotonic()
        if now >= self._seal_at:
            seal()
            self._seal_at = now + SEAL_EVERY
        if now >= self._reclaim_at:
            tasks_reclaim()
            self._reclaim_at = now + RECLAIM_EVERY
        if now >= self._prune_at:
            results_prune()
            self._prune_at = now + PRUNE_EVERY
        row = task_claim(self.id)
        if row is None:
            return False
        task_run(row, self._interruptions.task_limits)
        return True
