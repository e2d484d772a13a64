"""Close the database connections of threads that have ended, and those the database dropped.

Django keeps a connection in each thread. The server ends idle threads, and nobody would ever close
their connections: the database would run out of them.
"""

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

TASKS = Path("/proc/self/task")
START_FIELD = 19  # Counted from the name in /proc/…/stat (proc(5), field 22).


@dataclass(frozen=True, slots=True)
class Owner:
    """A thread as the system knows it. Ids are reused, so the time of its start belongs to it.

    Python cannot tell: it takes threads that it did not start itself to be alive for ever.
    """

    process: int
    thread: threading.Thread
    native_id: int
    started: str

    @classmethod
    def current(cls) -> "Owner":
        native_id = threading.get_native_id()
        return cls(os.getpid(), threading.current_thread(), native_id, _started(native_id))

    @property
    def is_gone(self) -> bool:
        """Say whether the thread has ended; never for another process, whose sockets we share."""
        if self.process != os.getpid():
            return False
        if not self.started:  # Without /proc only Python's own threads are known.
            return not self.thread.is_alive()
        return _started(self.native_id) != self.started


_lock = threading.Lock()
_owners: dict[BaseDatabaseWrapper, Owner] = {}


@receiver(connection_created, dispatch_uid="coderauth.close_orphans")
def close_orphans(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Remember whose connection this is, and close those of threads that have ended."""
    with _lock:
        orphans = [wrapper for wrapper, owner in _owners.items() if owner.is_gone]
        for wrapper in orphans:
            del _owners[wrapper]
        _owners[connection] = Owner.current()
    for wrapper in orphans:
        raw, wrapper.connection = wrapper.connection, None
        if raw is not None:
            raw.close()


def drop_broken() -> None:
    """Close this thread's connection if the database dropped it; the next statement opens another.

    One round trip, so it is for requests that nobody authenticates: the statement that finds a
    key is sent again instead (`scopes.callers.find_caller`).
    """
    current = connections[DEFAULT_DB_ALIAS]
    if current.vendor != "postgresql" or current.connection is None or current.in_atomic_block:
        return
    if not current.is_usable():
        current.close()


def _started(native_id: int) -> str:
    """Return when a thread of this process started, or nothing when there is none such."""
    try:
        stat = (TASKS / str(native_id) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[START_FIELD]
