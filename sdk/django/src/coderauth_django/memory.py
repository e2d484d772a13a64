"""Remember good answers for some seconds.

In the process itself, not in Django's cache: whoever could write to a shared one could make
themselves anybody, and it would outlive the process.
"""

from collections.abc import Hashable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
MOST = 4096


class Memory(Generic[Answer]):
    """Answers, each until its time is over; when there are too many, the oldest make room."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[float, Answer]] = {}
        self._lock = Lock()

    def get(self, question: Hashable) -> Answer | None:
        until, answer = self._kept.get(question, (0.0, None))
        return answer if monotonic() < until else None

    def keep(self, question: Hashable, answer: Answer, *, until: float) -> None:
        """Keep an answer until a moment of the monotonic clock."""
        with self._lock:
            self._kept.pop(question, None)
            while len(self._kept) >= MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[question] = (until, answer)
