"""The web server process that `serve` starts: granian, whose workers share one loaded application.

Run as `python -m coderauth.management.web_server ADDRESS [--access-log]`. Ends when its standard
input does, so that it never outlives a `serve` that was killed.
"""

import gc
import importlib
import os
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

# How long requests in flight may take to finish when the server stops.
KILL_TIMEOUT = 25
# A worker that has only just started misses the signal to stop.
SETTLING_TIME = 1.0
WSGI_MODULE = "coderauth.wsgi"


class PatientServer(MPServer):
    """granian, which stops a worker only once the worker can receive the signal."""

    def _stop_workers(self) -> None:
        youngest = max((worker.birth for worker in self.wrks), default=0.0)
        time.sleep(max(youngest + SETTLING_TIME - time.monotonic(), 0))
        super()._stop_workers()  # type: ignore[no-untyped-call]


def load_application() -> Callable[..., Any]:
    """Return the WSGI application; in a forked worker it is already loaded."""
    application: Callable[..., Any] = importlib.import_module(WSGI_MODULE).application
    return application


def forget_signal_handlers() -> None:
    """Let a signal end a worker that has not installed its own handlers yet.

    The inherited ones would swallow it, and stopping would take the whole KILL_TIMEOUT.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def end_with_parent() -> None:
    """Stop this server when the process that started it is gone."""
    # Not `sys.stdin.read()`, which would hold a lock that workers need when they are forked.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("address", help="an IP address")
    parser.add_argument("--access-log", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coderauth.settings")
    # Loaded before the workers fork and frozen, so that they share its memory.
    load_application()
    connections.close_all()
    gc.collect()
    gc.freeze()
    os.register_at_fork(after_in_child=forget_signal_handlers)
    threading.Thread(target=end_with_parent, daemon=True).start()
    PatientServer(
        f"{WSGI_MODULE}:application",
        address=options.address,
        port=settings.HTTP_ADDRESS[1],
        interface=Interfaces.WSGI,
        workers=settings.WORKERS,
        blocking_threads=settings.THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_TIMEOUT,
        # Its warnings are about the number of threads, which was measured, not guessed.
        log_level=LogLevels.error,
        log_access=options.access_log,
    ).serve(target_loader=load_application, wrap_loader=False)


if __name__ == "__main__":
    main()
