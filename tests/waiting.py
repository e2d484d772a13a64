"""Wait for a fact, never for a time: and not for ever."""

import time
from collections.abc import Callable

# Seconds after which what did not come will not come, however busy the machine is.
PATIENCE = 40


def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for a condition and fail when it does not come."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)
