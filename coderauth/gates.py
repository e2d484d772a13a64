"""Bound how many threads do something slow at once, so that others stay free."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from coderauth.errors import Busy
from coderauth.metrics import timed


class Gate:
    """Lets a few threads in at once; some more may wait for a turn, and the rest are refused."""

    def __init__(self, refusal: str, *, running: int, waiting: int = 0) -> None:
        self._running = BoundedSemaphore(running)
        self._inside = BoundedSemaphore(running + waiting)
        self._refusal = refusal

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn; raises Busy with the refusal's code when too many already wait."""
        asked_at = time.perf_counter()
        if not self._inside.acquire(blocking=False):
            raise Busy(self._refusal)
        try:
            with self._running, timed(self._refusal, asked_at):
                yield
        finally:
            self._inside.release()
