"""The express lane of the real service, over the wire: equal answers, and a database in trouble."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from select import select

import psycopg
import pytest

from tests.processes import Installation
from tests.threads import start
from tests.waiting import PATIENCE, until

from .conftest import OWNER, THREADS
from .wire import Said, ask, crowd, get, post, took, wire

ME, CHECK = "/api/v2/users/me", "/api/v2/authcheck"
# Django answers it, without a database.
VERSION = "/api/v2/buildinfo"
ROUND = "X-Odd: goes round the lane"
CHECKS = json.dumps(
    {"checks": {"read": {"object": {"resource_type": "user", "owner_id": "me"}, "action": "read"}}}
).encode()


def same(said: Said) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return an answer without what is new in each."""
    fresh = {"Date", "X-Coder-Request-Id", "X-RateLimit-Reset", "X-RateLimit-Remaining"}
    fields = [
        (name, re.sub("csrf_token=[^;]+", "csrf_token=", value))
        for name, value in said.fields
        if name not in fresh
    ]
    return said.status, fields, said.body


@pytest.mark.parametrize(
    "data",
    [
        get(ME),
        get(ME, "Coder-Session-Token: TOKEN"),
        get(ME, "Authorization: Bearer TOKEN", "X-Forwarded-For: 203.0.113.9"),
        get(ME, "Cookie: coder_session_token=TOKEN"),
        get(ME, "Coder-Session-Token: TOKEN", "Connection: close"),
        get(ME, "Coder-Session-Token: wrong"),
        get(f"{ME}?a=b", "Coder-Session-Token: TOKEN"),
        post(CHECK, CHECKS, "Coder-Session-Token: TOKEN"),
        post(CHECK, CHECKS, "Coder-Session-Token: TOKEN", "Content-Type: text/plain"),
        post(CHECK, b"nonsense", "Coder-Session-Token: TOKEN"),
        post(CHECK, b"", "Coder-Session-Token: TOKEN"),
        post(CHECK, CHECKS),
        get(ME, "Coder-Session-Token: TOKEN").replace(b"GET", b"HEAD", 1),
        get(CHECK, "Coder-Session-Token: TOKEN"),
    ],
    ids=range(14),
)
def test_the_lane_and_django_answer_alike(served: Installation, token: str, data: bytes) -> None:
    data = data.replace(b"TOKEN", token.encode())
    method = data.partition(b" ")[0].decode()
    # The first may note that the key was used.
    for _ in range(2):
        fast = ask(served.port, data, method)
    slow = ask(served.port, data.replace(b"\r\n", f"\r\n{ROUND}\r\n".encode(), 1), method)
    assert same(fast) == same(slow)
    left = [int(said.field("X-RateLimit-Remaining") or -1) for said in (fast, slow)]
    is_new_minute = fast.field("X-RateLimit-Reset") != slow.field("X-RateLimit-Reset")
    assert left[1] == left[0] - 1 or is_new_minute, "they count against two limits"


FORWARD = "/api/v2/auth/forward"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("resource_type=user&action=read&owner_id=me", 200),
        ("resource_type=workspace&action=fly", 403),
    ],
)
@pytest.mark.parametrize("way", ["Authorization: Bearer", "Cookie: a=b; coder_session_token="])
def test_forward_auth_is_answered_alike(
    served: Installation, token: str, query: str, status: int, way: str
) -> None:
    sent = f"{way}{'' if way.endswith('=') else ' '}{token}"
    for _ in range(2):
        fast = ask(served.port, get(f"{FORWARD}?{query}", sent))
    # The lane does not decode paths.
    slow = ask(served.port, get(f"/api/v2/auth/f%6Frward?{query}", sent))
    assert same(fast) == same(slow)
    assert fast.status == status
    assert bool(fast.field("X-Auth-User")) is (status == 200)


@pytest.mark.parametrize("more", [[], ["Cookie: coder_session_token=x"], ["Accept: text/html"]])
def test_the_lane_says_that_the_process_lives_as_django_does(
    served: Installation, more: list[str]
) -> None:
    fast = ask(served.port, get("/healthz", *more))
    slow = ask(served.port, get("/healthz?by=django", *more))
    assert same(fast) == same(slow)
    assert (fast.status, fast.body) == (200, b"OK")


@pytest.mark.postgres
def test_the_process_lives_while_a_database_that_hangs_holds_all_threads(
    served: Installation, token: str
) -> None:
    odd = get(f"{ME}?by=django", f"Coder-Session-Token: {token}")
    alone = took(served.port, get("/healthz"))
    with psycopg.connect(served.environment["CODERAUTH_DATABASE_URL"]) as locking:
        locking.execute("LOCK TABLE scopes_key IN ACCESS EXCLUSIVE MODE")
        held = [start(partial(ask, served.port, odd)) for _ in range(THREADS)]
        until(lambda: not answers_within(served.port, 0.5))
        assert took(served.port, get("/healthz"), times=5) < 0.1 + 3 * alone
        locking.rollback()
        assert [one.result(PATIENCE).status for one in held] == [200] * THREADS


def answers_within(port: int, seconds: float) -> bool:
    """Say whether Django answers; the request is taken back if it does not."""
    with wire(port) as client:
        client.send(get(VERSION))
        return bool(select([client.socket], [], [], seconds)[0])


@contextmanager
def writers_waiting(served: Installation) -> Iterator[None]:
    """Let nobody write a limit's count, without which nobody signs in."""
    url = served.environment["CODERAUTH_DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as writing:
            writing.execute("BEGIN IMMEDIATE")
            yield
            writing.rollback()
    else:
        with psycopg.connect(url) as locking:
            locking.execute("LOCK TABLE coderauth_ratewindow IN ACCESS EXCLUSIVE MODE")
            yield
            locking.rollback()


def is_answered(served: Installation, data: bytes) -> bool:
    """Say whether an answer comes within a second."""
    with wire(served.port) as connection:
        connection.socket.settimeout(1)
        try:
            return connection.send(data).answer().status == 200
        except TimeoutError:
            return False


def test_the_lane_answers_while_all_threads_wait(served: Installation, token: str) -> None:
    data = get(ME, f"Coder-Session-Token: {token}")
    assert ask(served.port, data).status == 200
    login = post("/api/v2/users/login", json.dumps(OWNER).encode())
    with crowd(served.port, THREADS, b"") as connections:
        with writers_waiting(served):
            for connection in connections:
                connection.send(login)
            until(lambda: not is_answered(served, get(ME, f"Coder-Session-Token: {token}", ROUND)))
            assert [ask(served.port, data).status for _ in range(5)] == [200] * 5
        assert {connection.answer().status for connection in connections} == {201}
    assert is_answered(served, get(ME, f"Coder-Session-Token: {token}", ROUND))


@pytest.mark.postgres
def test_a_database_that_hangs_holds_up_nobody_who_needs_none(
    served: Installation, token: str
) -> None:
    data = get(ME, f"Coder-Session-Token: {token}")
    assert ask(served.port, data).status == 200
    alone = took(served.port, get(VERSION))
    with psycopg.connect(served.environment["CODERAUTH_DATABASE_URL"]) as locking:
        locking.execute("LOCK TABLE scopes_key IN ACCESS EXCLUSIVE MODE")
        waiting = [start(partial(ask, served.port, data)) for _ in range(4)]
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            assert took(served.port, get(VERSION), times=5) < 0.1 + 3 * alone
        assert not any(one.done() for one in waiting)
        locking.rollback()
        assert [one.result(PATIENCE).status for one in waiting] == [200] * 4
    assert ask(served.port, data).status == 200


@pytest.mark.postgres
def test_connections_that_the_database_drops_cost_nobody_an_answer(
    served: Installation, token: str
) -> None:
    data = get(ME, f"Coder-Session-Token: {token}")
    url = served.environment["CODERAUTH_DATABASE_URL"]

    def lanes() -> int:
        """Return how many connections look callers up by a statement in a pipeline."""
        with psycopg.connect(url) as probe:
            row = probe.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()"
            ).fetchone()
            assert row is not None
            return int(row[0])

    for _ in range(2):
        with wire(served.port) as connection:
            for _ in range(20):
                assert connection.send(data).answer().status == 200
        with psycopg.connect(url, autocommit=True) as probe:
            probe.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert ask(served.port, data).status == 200
    until(lambda: lanes() >= 2)  # It has opened one again, beside the thread's.
