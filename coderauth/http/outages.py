"""What to answer and to log while the database does not answer or accept writes.

Not that a key is invalid: clients throw such keys away. Not a 500 either: the request is good, and
can be sent again. One line a second says so in the log, however many requests there are.
"""

import logging
import time
from threading import Lock

from django.db import InterfaceError, InternalError, OperationalError

from coderauth.errors import Busy, DomainError

# PostgreSQL refuses a write in a read-only transaction with the third.
OUTAGES = (OperationalError, InterfaceError, InternalError)
QUIET_SECONDS = 1.0


def as_refusal(error: BaseException | None) -> DomainError | None:
    """Return the refusal for an outage of the database; None for any other error."""
    return Busy("store_unavailable") if isinstance(error, OUTAGES) else None


class OncePerSecond(logging.Filter):
    """Lets one line in a second about outages through, without the traceback of each request."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._last = float("-inf")
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, OUTAGES):
            return True
        with self._lock:
            now = time.monotonic()
            if now - self._last < QUIET_SECONDS:
                self._left_out += 1
                return False
            self._last, left_out, self._left_out = now, self._left_out, 0
        # Not the error's text: it may hold the address and the name of an account.
        told = f"{record.getMessage()}: the database does not answer ({type(error).__name__})"
        record.msg = f"{told}, as {left_out} times before" if left_out else told
        record.args, record.exc_info, record.exc_text = (), None, None
        return True
