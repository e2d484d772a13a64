"""Clients that ask again and again, and what they were told."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2

from tests.waiting import PATIENCE, until

Act = Callable[[httpx2.Client], httpx2.Response]


class Load:
    """What clients were told so far: statuses, and the names of errors of the connection."""

    def __init__(self) -> None:
        self.told: Counter[int | str] = Counter()
        self.odd: list[str] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()

    @property
    def total(self) -> int:
        return self.told.total()

    def wait_for(self, more: int, *told: int) -> None:
        """Wait for so many more answers; of these statuses, if any are given."""

        def count() -> int:
            return sum(self.told[one] for one in told) if told else self.total

        wanted = count() + more
        until(lambda: count() >= wanted)

    def forget(self) -> None:
        with self._lock:
            self.told.clear()
            self.odd.clear()

    def run(self, act: Act) -> None:
        with httpx2.Client(timeout=PATIENCE) as client:
            while not self._ended.is_set():
                self._note(client, act)

    def end(self) -> None:
        self._ended.set()

    def _note(self, client: httpx2.Client, act: Act) -> None:
        told: int | str
        try:
            answer = act(client)
            told, text = answer.status_code, answer.text
        except httpx2.TransportError as error:
            told, text = type(error).__name__, str(error)
        with self._lock:
            self.told[told] += 1
            if not isinstance(told, int) or told >= 400:
                self.odd[100:] = [f"{told}: {text[:200]}"]


@contextmanager
def load(*acts: Act) -> Iterator[Load]:
    """Have each act done over and over, by a client of its own, until the block ends."""
    under_way = Load()
    threads = [threading.Thread(target=under_way.run, args=(act,), daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield under_way
    finally:
        under_way.end()
        for thread in threads:
            thread.join(PATIENCE)
