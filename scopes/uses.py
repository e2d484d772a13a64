"""What keys were used for, in memory, until somebody writes it down.

Best effort: what a process noted since it was last written is lost when it is killed.
"""

import threading
import time
from collections.abc import Iterable
from typing import Final

HOUR: Final = 3600
# Pairs of a key and a permission that are remembered; more are not noted until some are old.
MOST: Final = 200_000

Pair = tuple[str, str]  # the id of a key, and a permission as `workspace:read`


class Uses:
    """Notes each pair once an hour; the hot path pays for a look into a dictionary."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._noted: dict[Pair, int] = {}
        self._pending: dict[Pair, int] = {}
        self._lock = threading.Lock()

    def note(self, key_id: str, permissions: Iterable[str]) -> None:
        """Note that a key did something for which these permissions were needed."""
        hour = int(time.time()) // HOUR
        noted = self._noted
        for permission in permissions:
            if noted.get((key_id, permission)) != hour:
                self._add((key_id, permission), hour)

    def take(self) -> dict[Pair, int]:
        """Return what is not written down yet, each with the hour of its use; forget it."""
        with self._lock:
            taken, self._pending = self._pending, {}
        return taken

    def give_back(self, taken: dict[Pair, int]) -> None:
        """Keep what could not be written for the next time."""
        with self._lock:
            self._pending = {**taken, **self._pending}

    def _add(self, pair: Pair, hour: int) -> None:
        with self._lock:
            if len(self._noted) >= self._most:
                self._noted = {one: then for one, then in self._noted.items() if then == hour}
            if len(self._noted) < self._most:
                self._noted[pair] = hour
                self._pending[pair] = hour


USES: Final = Uses()
