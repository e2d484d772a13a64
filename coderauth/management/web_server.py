"""The web server process that `serve` starts; it forks workers, which share what it has loaded.

Run as `python -m coderauth.management.web_server ADDRESS [--access-log]`. Ends when its standard
input does, so that it never outlives a `serve` that was killed.
"""

import asyncio
import gc
import importlib
import logging
import os
import resource
import select
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

from django.conf import settings
from django.db import connections

from coderauth.front.bounds import ARRIVING_SECONDS, FINISHING_SECONDS
from coderauth.front.serving import MakeExpress, serve
from coderauth.front.threads import Application

logger = logging.getLogger(__name__)

# What workers get to finish requests in flight when the server stops; then they are killed.
KILL_TIMEOUT = FINISHING_SECONDS + ARRIVING_SECONDS
# A worker that ends sooner than this has failed; after this many failures in a row we give up.
SETTLED_AFTER = 5.0
MAX_FAILURES = 3
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


@dataclass(slots=True)
class Slot:
    """One of the workers. Its socket stays when another process takes its place.

    The system shares connections out among the sockets, and those that wait are not lost.
    """

    listener: socket.socket
    pid: int = 0
    born_at: float = 0.0


class Workers:
    """The workers of this server: started, replaced when they die, and stopped."""

    def __init__(
        self,
        listeners: list[socket.socket],
        application: Application,
        express: MakeExpress,
        housekeeping: Callable[[], object],
        *,
        access_log: bool,
    ) -> None:
        self._slots = [Slot(listener) for listener in listeners]
        self._application = application
        self._express = express
        self._housekeeping = housekeeping
        self._access_log = access_log
        self._is_stopping = False
        self._failures = 0
        # Workers hold the reading end: it tells them that this process is gone.
        self._lifeline, self._held = os.pipe()
        self._signalled, self._signals = os.pipe()
        os.set_blocking(self._signals, False)

    def run(self) -> int:
        """Run until told to stop, or until workers fail again and again; return the status."""
        for number in _SIGNALS:
            signal.signal(number, self._on_signal)
        signal.set_wakeup_fd(self._signals, warn_on_full_buffer=False)
        for slot in self._slots:
            self._start(slot)
        # The other end of the standard input is `serve`, which closes it when it ends.
        watched = [self._signalled, sys.stdin.fileno()]
        while not self._is_stopping:
            ready, _, _ = select.select(watched, [], [])
            if sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 512):
                break
            if self._signalled in ready:
                os.read(self._signalled, 512)
            for slot in self._ended():
                if self._failures >= MAX_FAILURES:
                    self._stop()
                    return 1
                self._start(slot)
        self._stop()
        return 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._is_stopping |= number != signal.SIGCHLD

    def _start(self, slot: Slot) -> None:
        # Held back until the worker hears: it would forget what it is told before.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        slot.pid, slot.born_at = os.fork(), time.monotonic()
        if slot.pid == 0:
            self._work(slot)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    def _work(self, slot: Slot) -> None:
        """Be a worker, to the end of the process."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            os.close(self._held)
            # A socket goes on listening until the last process that has it closes it.
            for other in self._slots:
                if other is not slot:
                    other.listener.close()
            asyncio.run(
                serve(
                    slot.listener,
                    self._application,
                    threads=settings.THREADS,
                    patience=settings.REQUEST_TIMEOUT.total_seconds(),
                    logs_access=self._access_log,
                    lifeline=self._lifeline,
                    express=self._express,
                    housekeeping=self._housekeeping,
                )
            )
            status = 0
        except BaseException:
            logger.exception("A worker of the web server failed")
        finally:
            # Not the usual end, which waits for what threads of requests given up still do.
            logging.shutdown()
            os._exit(status)

    def _ended(self) -> list[Slot]:
        """Return those whose process has ended."""
        ended = []
        for slot in self._slots:
            if slot.pid and os.waitpid(slot.pid, os.WNOHANG)[0]:
                lived = time.monotonic() - slot.born_at
                self._failures = self._failures + 1 if lived < SETTLED_AFTER else 0
                logger.error("Worker %s ended by itself", slot.pid)
                slot.pid = 0
                ended.append(slot)
        return ended

    def _stop(self) -> None:
        """Ask all workers to finish their requests; kill those that do not."""
        deadline = time.monotonic() + KILL_TIMEOUT
        for slot in self._slots:
            slot.listener.close()
        self._signal(signal.SIGTERM)
        while any(slot.pid for slot in self._slots) and time.monotonic() < deadline:
            for slot in self._slots:
                if slot.pid and os.waitpid(slot.pid, os.WNOHANG)[0]:
                    slot.pid = 0
            time.sleep(0.01)
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        for slot in self._slots:
            if slot.pid:
                with suppress(ProcessLookupError):
                    os.kill(slot.pid, number)


def listen(address: str, port: int) -> socket.socket:
    """Return a socket at an address that others of this server share."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((address, port))
    return listener


def allow_many_files() -> None:
    """Let this process open as many files as it may: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS names a limit that it does not grant.
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("address", help="an IP address")
    parser.add_argument("--access-log", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coderauth.settings")
    # Loaded before the workers fork and frozen, so that they share its memory.
    # The first makes Django ready, which the second needs.
    application: Application = importlib.import_module("coderauth.wsgi").application
    express: MakeExpress = importlib.import_module("coderauth.front.lane").express
    connections.close_all()
    gc.collect()
    gc.freeze()
    allow_many_files()
    listeners = [listen(options.address, settings.HTTP_ADDRESS[1]) for _ in range(settings.WORKERS)]
    workers = Workers(listeners, application, express, note_uses, access_log=options.access_log)
    sys.exit(workers.run())


def note_uses() -> None:
    """Write down what keys were used for; the connection of this thread is not kept."""
    flush: Callable[[], int] = importlib.import_module("scopes.keys.usage").uses_flush
    try:
        flush()
    finally:
        connections.close_all()


if __name__ == "__main__":
    main()
