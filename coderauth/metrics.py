"""What is counted for Prometheus, where `CODERAUTH_PROMETHEUS_ADDRESS` switches it on.

Each web process counts in files of its own, which `serve` adds up when it is asked. Labels are
codes, routes and methods of ours, never what a stranger sends: their number has a bound.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from prometheus_client import Counter, Histogram

# Where the client library keeps the files; it looks when it is imported.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter("coderauth_http_requests", "Answered requests.", ["method", "route", "status"])
DURATION = Histogram(
    "coderauth_http_request_duration_seconds",
    "From the whole request to its answer.",
    ["method", "route"],
    buckets=_BUCKETS,
)
LANE = Counter(
    "coderauth_lane_requests",
    "Requests for the express lane: answered there, or passed on to Django.",
    ["outcome"],
)
REFUSALS = Counter("coderauth_refusals", "Refusals to programs by their code.", ["code"])
KEY_CHECKS = Counter("coderauth_key_checks", "Keys that were shown: good, or why not.", ["outcome"])
GATE_WAIT = Histogram(
    "coderauth_gate_wait_seconds", "Waiting for a turn at something slow.", ["gate"]
)
GATE_BUSY = Histogram("coderauth_gate_busy_seconds", "How long a turn took.", ["gate"])
ENTRIES = Counter(
    "coderauth_audit_entries",
    "Acts in the audit, such as sign-ins (action login).",
    ["action", "resource_type", "outcome"],
)


@cache
def enabled() -> bool:
    """Say whether anybody can ask for what is counted."""
    return bool(settings.PROMETHEUS_ADDRESS)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request. Some 5 µs."""
    known = method if method in METHODS else "other"
    REQUESTS.labels(known, route, status).inc()
    DURATION.labels(known, route).observe(seconds)


def count_refusal(code: str) -> None:
    if enabled():
        REFUSALS.labels(code).inc()


def count_key(outcome: str) -> None:
    if enabled():
        KEY_CHECKS.labels(outcome).inc()


def count_entry(action: str, resource_type: str, status: int) -> None:
    if enabled():
        ENTRIES.labels(action, resource_type, "refused" if status >= 400 else "done").inc()


@contextmanager
def timed(gate: str, asked_at: float) -> Iterator[None]:
    """Measure a turn that was asked for at a moment of `time.perf_counter` and begins now."""
    began = time.perf_counter()
    try:
        yield
    finally:
        if enabled():
            GATE_WAIT.labels(gate).observe(began - asked_at)
            GATE_BUSY.labels(gate).observe(time.perf_counter() - began)
