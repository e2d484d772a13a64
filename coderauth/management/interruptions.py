"""Stop a long-running command by signals, and cut short what takes too long."""

import select
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from coderauth.tasks import TIME_LIMIT, Abandoned, TimeLimitReached

# What a task gets to finish when the process is asked to stop. Docker kills after ten seconds.
GRACE = 8.0


class Interruptions:
    """SIGTERM and SIGINT ask to stop, a second one to stop at once. For the main thread only."""

    def __init__(self) -> None:
        self.stopping = False
        self.on_stop: Callable[[], None] = lambda: None
        self.on_impatience: Callable[[], None] = lambda: None
        self._in_task = False
        # Signals write here, so that a sleep ends the moment one arrives.
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals in this block and restore what handled them before."""
        handlers = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGALRM: self._cut_short,
            signal.SIGCHLD: self._wake,
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._reader.close()
            self._writer.close()

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the next signal."""
        select.select([self._reader], [], [], seconds)
        with suppress(BlockingIOError):
            while self._reader.recv(1024):
                pass

    @contextmanager
    def task_limits(self) -> Iterator[None]:
        """Raise TimeLimitReached, or Abandoned soon after a stop, into the code of this block."""
        signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT.total_seconds())
        self._in_task = True
        try:
            yield
        finally:
            self._in_task = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            self.on_impatience()
        else:
            self.on_stop()
        if self._in_task:
            signal.setitimer(signal.ITIMER_REAL, 0.001 if self.stopping else GRACE)
        self.stopping = True

    def _cut_short(self, number: int, frame: FrameType | None) -> None:
        if self._in_task:
            self._in_task = False
            raise Abandoned if self.stopping else TimeLimitReached

    def _wake(self, number: int, frame: FrameType | None) -> None:
        """Do nothing: the mere presence of a handler makes the signal end a sleep."""
