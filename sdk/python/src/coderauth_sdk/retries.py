"""Whether a request is sent again, and when."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from coderauth_sdk.errors import CoderAuthError, ConnectionFailed, RateLimited

FIRST_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Retries:
    """How often, and for how many seconds altogether, a call may be retried.

    Only two things are retried: a request refused with 429 and `Retry-After`, because it was not
    carried out, and a GET whose connection failed, because it changes nothing. coderauth counts
    requests by the minute, so `total` is longer than that.
    """

    limit: int = 3
    total: float = 90.0


NO_RETRIES = Retries(limit=0)


@dataclass(slots=True)
class Attempts:
    """The attempts of one call."""

    retries: Retries
    method: str
    made: int = 0
    began: float = field(default_factory=time.monotonic)

    def pause_after(self, error: CoderAuthError) -> float | None:
        """Return the seconds to wait before the next attempt, or None if there is none."""
        pause = self._wanted_pause(error)
        self.made += 1
        if pause is None or self.made > self.retries.limit:
            return None
        spent = time.monotonic() - self.began
        return pause if spent + pause <= self.retries.total else None

    def _wanted_pause(self, error: CoderAuthError) -> float | None:
        if isinstance(error, RateLimited):
            return error.retry_after
        if isinstance(error, ConnectionFailed) and self.method == "GET":
            return FIRST_PAUSE * 2.0**self.made
        return None


def read_retry_after(value: str) -> float | None:
    """Return the seconds of a `Retry-After`: a number of them, or a date (RFC 9110 10.2.3)."""
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
