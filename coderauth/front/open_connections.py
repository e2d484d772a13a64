"""All connections of a process: what they hold together, and their deadlines."""

import heapq
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Protocol

from coderauth.front.bounds import MAX_HELD

_ENOUGH = 0.9  # How much is left after making room, so that room is not made for each byte.


class OpenConnection(Protocol):
    """A connection, as the whole process sees it."""

    # By when its client must have done the next thing.
    deadline: float
    # Bytes of its request and answer.
    holds: int

    def waits_since(self) -> float | None:
        """Return since when it has waited for its client; None while the client waits for us."""

    def overdue(self) -> None:
        """Do what is due at the deadline."""

    def make_room(self) -> None:
        """Give up what is held."""

    def stop(self) -> None:
        """End as soon as the current request is finished."""

    def cut(self) -> None:
        """End now."""


class OpenConnections:
    """The connections of a process. For the event loop's thread only."""

    def __init__(self, *, most: int, clock: Callable[[], float], held: int = MAX_HELD) -> None:
        self.clock = clock
        self.held = 0
        self.is_closing = False
        self.date = b""
        self._most = most
        self._most_held = held
        self._all: set[OpenConnection] = set()
        self.sweep()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, one: OpenConnection) -> None:
        """Add one; if there are too many, those that have been idle longest end."""
        self._all.add(one)
        excess = len(self._all) - self._most
        if excess > 0:
            for oldest in self._waiting(excess + int(self._most * (1 - _ENOUGH))):
                oldest.make_room()

    def remove(self, one: OpenConnection) -> None:
        self._all.discard(one)
        self.hold(one, 0)

    def hold(self, one: OpenConnection, size: int) -> bool:
        """Note how many bytes a connection holds now; return False if there is no room for them.

        Room is made by closing those that have kept us waiting longest: a request that comes at
        once is never refused because of one that drips.
        """
        self.held += size - one.holds
        one.holds = size
        if self.held <= self._most_held:
            return True
        for oldest in self._waiting(len(self._all)):
            if self.held <= self._most_held * _ENOUGH:
                break
            if oldest.holds and oldest is not one:
                oldest.make_room()
        return self.held <= self._most_held

    def sweep(self) -> None:
        """Enforce deadlines that have passed, at least once a second."""
        self.date = f"Date: {formatdate(time.time(), usegmt=True)}\r\n".encode()
        now = self.clock()
        for one in [one for one in self._all if one.deadline <= now]:
            one.overdue()

    def close(self) -> None:
        """Let requests in progress finish, and accept no new ones."""
        self.is_closing = True
        for one in [*self._all]:
            one.stop()

    def cut(self) -> None:
        for one in [*self._all]:
            one.cut()

    def _waiting(self, count: int) -> list[OpenConnection]:
        since = [(one.waits_since(), one) for one in self._all]
        waiting = [(moment, id(one), one) for moment, one in since if moment is not None]
        return [one for _, _, one in heapq.nsmallest(count, waiting)]
