"""Close the database connections of threads that are gone.

Django keeps a connection in each thread. The server ends idle threads, whose connections nobody
would ever close again: the database would run out of them.
"""

import threading
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

_lock = threading.Lock()
_owners: dict[BaseDatabaseWrapper, threading.Thread] = {}


@receiver(connection_created, dispatch_uid="coderauth.close_orphans")
def close_orphans(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Remember whose connection this is, and close those of threads that have ended."""
    with _lock:
        orphans = [wrapper for wrapper, thread in _owners.items() if not thread.is_alive()]
        for wrapper in orphans:
            del _owners[wrapper]
        _owners[connection] = threading.current_thread()
    for wrapper in orphans:
        raw, wrapper.connection = wrapper.connection, None
        if raw is not None:
            raw.close()
