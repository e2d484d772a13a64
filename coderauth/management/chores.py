"""What the worker does besides tasks, in a separate thread, so that no slow task delays it."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, connection
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0
LONGEST_PAUSE = 30.0
# Seconds for a running chore to finish; the database rolls back what is not committed then.
STOP_WITHIN = 3.0


@dataclass(slots=True)
class Chore:
    """What is done repeatedly, `every` this many seconds."""

    name: str
    every: float
    act: Callable[[], object]
    due_at: float = 0.0


class Chores:
    """Functions without arguments, by their dotted names, with their intervals in seconds."""

    def __init__(
        self, chores: Iterable[tuple[str, float]], *, stop_within: float = STOP_WITHIN
    ) -> None:
        self._stop_within = stop_within
        self._chores = [Chore(name, every, import_string(name)) for name, every in chores]
        self._ended = threading.Event()

    def do_due(self) -> None:
        """Do what is due; raises what the database raises, and logs other failures."""
        for chore in self._chores:
            now = time.monotonic()
            if now < chore.due_at:
                continue
            try:
                chore.act()
            except (DatabaseError, InterfaceError):
                raise
            except Exception:
                logger.exception("%s failed; it is done again in %d s", chore.name, chore.every)
            chore.due_at = now + chore.every

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Do the chores in a thread while this block runs."""
        thread = threading.Thread(target=self._run, name="chores", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join(self._stop_within)

    def _run(self) -> None:
        pause, is_waiting = 0.0, False
        while not self._ended.wait(pause):
            try:
                self.do_due()
            except (DatabaseError, InterfaceError) as error:
                connection.close()
                if not is_waiting:
                    logger.warning("Chores wait for the database: %s", type(error).__name__)
                pause = min(max(pause, LOOK_EVERY) * 2, LONGEST_PAUSE)
                is_waiting = True
            else:
                pause, is_waiting = LOOK_EVERY, False
        connection.close()
