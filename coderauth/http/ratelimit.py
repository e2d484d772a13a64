"""Rate limits: a sliding minute, as accounts.md 1.13 defines it.

`CourtesyLimit` counts in the memory of one process and costs a microsecond: it keeps one client
from crowding out others. `SharedLimit` guards sign-in, passcodes, conversion and key guessing: one
atomic statement in the database or in Redis, by the clock there, so it holds across processes and
machines.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from threading import Lock
from typing import Protocol

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase

from coderauth.errors import Busy, RateLimited
from coderauth.http.client import client_address, rate_limit_address
from coderauth.http.envelope import error_response
from coderauth.http.fields import put
from coderauth.http.middleware import GetResponse, is_api

WINDOW = 60
# Counters kept in memory for one minute; one takes some 150 bytes, whatever it counts.
MAX_TRACKED, SHARED_COUNTERS = 100_000, 4096
PRUNE_EVERY = 512


@dataclass(frozen=True, slots=True)
class Usage:
    """What a limiter counted; `reset_at` is the unix second at which the fixed minute ends."""

    allowed: bool
    limit: int
    remaining: int
    reset_at: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset_at),
        }


def _rate(previous: int, current: int, elapsed: float) -> int:
    """Return the requests of the sliding minute, `elapsed` seconds into the fixed one."""
    return int(previous * (WINDOW - elapsed) / WINDOW + current + 0.5)


class MemoryLimit:
    """Count hits a minute in this process.

    Strangers write the paths, so of each key only a digest is kept, and of counters no more than
    `MAX_TRACKED` and `SHARED_COUNTERS` in a minute.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._window = 0
        self._current: dict[bytes | int, int] = {}
        self._previous: dict[bytes | int, int] = {}

    def hit(self, address: str, path: str, limit: int, now: float) -> Usage:
        window = int(now // WINDOW)
        elapsed = now - window * WINDOW
        key: bytes | int = _short_digest(f"{address} {path}")
        with self._lock:
            if window != self._window:
                self._previous = self._current if window == self._window + 1 else {}
                self._current, self._window = {}, window
            if len(self._current) >= MAX_TRACKED and key not in self._current:
                # Somebody may invent paths to fill the memory: from here on all new paths of an
                # address share a counter, and so do the addresses whose digests end alike.
                key = int.from_bytes(_short_digest(address)) % SHARED_COUNTERS
            current = self._current.get(key, 0)
            rate = _rate(self._previous.get(key, 0), current, elapsed)
            allowed = rate + 1 <= limit
            if allowed:
                self._current[key] = current + 1
        remaining = max(limit - rate - 1, 0)
        return Usage(allowed, limit, remaining, (window + 1) * WINDOW)


def _short_digest(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


# What this process has counted; the express lane counts here, too.
courtesy = MemoryLimit()


class CourtesyLimit:
    """Limit each client to `CODERAUTH_API_RATE_LIMIT` requests a minute and path."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        limit: int = settings.API_RATE_LIMIT
        if not settings.RATE_LIMITS_ENABLED or limit <= 0 or not is_api(request):
            return self.get_response(request)
        address = rate_limit_address(client_address(request))
        usage = courtesy.hit(address, request.path_info, limit, time.time())
        if not usage.allowed:
            return error_response(RateLimited(limit=limit, reset_at=usage.reset_at))
        response = self.get_response(request)
        headers = response.headers
        if "X-RateLimit-Limit" not in headers:  # An inner limiter's numbers win.
            counted = usage.headers().items()
            put(response, {name.lower(): (name, value) for name, value in counted})
        return response


class SharedLimit(Protocol):
    """Count hits a minute for all processes together."""

    def hit(self, key: str, limit: int) -> Usage: ...


Clock = Callable[[], float]


def database_time() -> float:
    """Return the time by the clock that all replicas share, in seconds since 1970.

    The clocks of machines differ, and a minute must be the same minute for all. Costs a statement
    on PostgreSQL; an SQLite file is used from one machine.
    """
    if connection.vendor != "postgresql":
        return time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0])


class DatabaseLimit:
    """One upsert a hit: it counts, judges and answers in one atomic statement."""

    # The row's counters, moved on to the window of this hit. A hit that asked for the time before
    # another and comes after it counts in the window that the other has begun.
    _SAME = "r.window_at BETWEEN excluded.window_at AND excluded.window_at + 1"
    _CURRENT = f"CASE WHEN {_SAME} THEN r.current_hits ELSE 0 END"
    _PREVIOUS = (
        f"CASE WHEN {_SAME} THEN r.previous_hits "
        "WHEN r.window_at = excluded.window_at - 1 THEN r.current_hits ELSE 0 END"
    )
    # It judges as `_rate` does, but without rounding: databases round halves as they like.
    _STATEMENT = (
        "INSERT INTO coderauth_ratewindow AS r (key, window_at, current_hits, previous_hits) "  # noqa: S608 (only constants are put in)
        "VALUES (%s, %s, 1, 0) ON CONFLICT (key) DO UPDATE SET "
        f"current_hits = {_CURRENT} + 1, previous_hits = {_PREVIOUS}, "
        f"window_at = CASE WHEN {_SAME} THEN r.window_at ELSE excluded.window_at END "
        f"WHERE {_PREVIOUS} * %s + {_CURRENT} + 0.5 < %s "
        "RETURNING current_hits, previous_hits"
    )

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or database_time

    def hit(self, key: str, limit: int) -> Usage:
        now = self._clock()
        window = int(now // WINDOW)
        weight = 1 - (now - window * WINDOW) / WINDOW
        with connection.cursor() as cursor:
            cursor.execute(self._STATEMENT, [_digest(key), window, weight, limit])
            row = cursor.fetchone()
            if random.randrange(PRUNE_EVERY) == 0:  # noqa: S311 (housekeeping, not a secret)
                windows_prune(now)
        reset_at = (window + 1) * WINDOW
        if row is None:
            return Usage(False, limit, 0, reset_at)
        remaining = max(limit - int(row[1] * weight + row[0] + 0.5), 0)
        return Usage(True, limit, remaining, reset_at)


def windows_prune(now: float) -> int:
    """Delete counts that are too old to matter; return how many."""
    with connection.cursor() as cursor:
        past = int(now // WINDOW) - 1
        cursor.execute("DELETE FROM coderauth_ratewindow WHERE window_at < %s", [past])
        return int(cursor.rowcount)


class RedisLimit:
    """One script a hit, atomic because Redis runs scripts one at a time."""

    _SCRIPT = """
        local current = tonumber(redis.call('GET', KEYS[1]) or '0')
        local previous = tonumber(redis.call('GET', KEYS[2]) or '0')
        local rate = math.floor(previous * tonumber(ARGV[1]) + current + 0.5)
        if rate + 1 > tonumber(ARGV[2]) then return {0, rate} end
        redis.call('INCR', KEYS[1])
        redis.call('EXPIRE', KEYS[1], 120)
        return {1, rate + 1}
    """

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        self._script = self._client.register_script(self._SCRIPT)
        self._clock = clock or self._server_time

    def _server_time(self) -> float:
        # Not in the script: Redis before 5 takes no writes after it has told the time.
        seconds, microseconds = self._client.time()
        return float(seconds + microseconds / 1_000_000)

    def hit(self, key: str, limit: int) -> Usage:
        now = self._clock()
        window = int(now // WINDOW)
        weight = 1 - (now - window * WINDOW) / WINDOW
        name = f"coderauth:limit:{{{_digest(key)}}}"  # The braces keep both keys on one shard.
        allowed, rate = self._script(
            keys=[f"{name}:{window}", f"{name}:{window - 1}"], args=[weight, limit]
        )
        return Usage(bool(allowed), limit, max(limit - int(rate), 0), (window + 1) * WINDOW)


def _digest(key: str) -> str:
    """Return what is stored instead of the key, which may hold an address or an e-mail."""
    return sha256(key.encode()).hexdigest()


@lru_cache(maxsize=4)
def _redis_limit(url: str) -> RedisLimit:
    return RedisLimit(url)


def shared_limit() -> SharedLimit:
    return _redis_limit(settings.REDIS_URL) if settings.REDIS_URL else DatabaseLimit()


def enforce(key: str, limit: int) -> Usage | None:
    """Count one hit on a security limit shared by all processes.

    Return the usage, or None while limits are switched off. Costs one statement, two on PostgreSQL.
    Raises RateLimited when it is used up and Busy when Redis does not answer: it fails closed.
    """
    if not settings.RATE_LIMITS_ENABLED or limit <= 0:
        return None
    try:
        usage = shared_limit().hit(key, limit)
    except redis.RedisError as error:
        raise Busy("limits_unavailable") from error
    if not usage.allowed:
        raise RateLimited(limit=limit, reset_at=usage.reset_at)
    return usage
