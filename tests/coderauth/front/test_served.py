"""The door in front of the real service: what gets in, and what strangers cannot spoil."""

import json
import re
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.people import PASSWORD
from tests.processes import Installation, children
from tests.threads import start
from tests.waiting import PATIENCE, until

from .conftest import OWNER, THREADS, pid
from .wire import ask, crowd, get, memory_kib, open_files, post, took, wire

CROWD = 1_000
MEGABYTE = 1024  # KiB
# A client of cleartext HTTP/2 that promises a body of ten bytes: preface, SETTINGS and HEADERS.
HTTP_2 = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    b"\x00\x00\x15\x01\x04\x00\x00\x00\x01\x82\x86\x84\x41\x01a\x0f\x0d\x0210\x40\x01x\x01y\x00\x00"
)


def chunked(path: str, body: bytes, *fields: str) -> bytes:
    head = get(path, *fields, "Transfer-Encoding: chunked").replace(b"GET", b"POST", 1)
    half = len(body) // 2
    parts = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]))
    return head + parts + b"0\r\n\r\n"


def test_a_body_in_chunks_signs_in(served: Installation) -> None:
    body = json.dumps({"email": OWNER["email"], "password": PASSWORD}).encode()
    assert ask(served.port, chunked("/api/v2/users/login", body)).status == 201
    wrong = body.replace(PASSWORD.encode(), b"wrong")
    assert ask(served.port, chunked("/api/v2/users/login", wrong)).status == 401


def test_a_form_in_chunks_signs_in(served: Installation) -> None:
    page = ask(served.port, get("/login"))
    found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
    cookie = (page.field("Set-Cookie") or "").partition(";")[0]
    assert found
    form = f"csrfmiddlewaretoken={found[1].decode()}&email={OWNER['email']}&password={PASSWORD}"
    kind = "Content-Type: application/x-www-form-urlencoded"
    origin = f"Origin: http://127.0.0.1:{served.port}"
    said = ask(served.port, chunked("/login", form.encode(), kind, origin, f"Cookie: {cookie}"))
    assert said.status == 302, said


def test_a_cookie_beside_one_with_bytes_beyond_ascii_signs_in(
    served: Installation, token: str
) -> None:
    for city in ("Zürich".encode(), "Zürich".encode("latin-1"), b"Zuerich"):
        data = get("/api/v2/users/me", f"Cookie: city=CITY; coder_session_token={token}")
        assert ask(served.port, data.replace(b"CITY", city)).status == 200
    wrong = get("/api/v2/users/me", f"Cookie: city=Zürich; coder_session_token={token}x")
    assert ask(served.port, wrong).status == 401


def test_a_client_is_recorded_by_the_name_it_gives_itself(served: Installation) -> None:
    body = json.dumps({"email": OWNER["email"], "password": PASSWORD}).encode()
    data = post("/api/v2/users/login", body, "User-Agent: Jürgens Werkzeug")
    assert ask(served.port, data).status == 201
    rows = served.rows("SELECT user_agent FROM audit_entry ORDER BY at DESC LIMIT 1")
    assert rows == [["Jürgens Werkzeug"]]


def test_names_with_underscores_forge_nothing(served: Installation, token: str) -> None:
    body = json.dumps({"email": OWNER["email"], "password": PASSWORD}).encode()
    for fields, address in (
        (("X-Forwarded-For: 203.0.113.5", "X_Forwarded_For: 7.7.7.7"), "203.0.113.5"),
        (("X_Forwarded_For: 7.7.7.7",), "127.0.0.1"),
    ):
        assert ask(served.port, post("/api/v2/users/login", body, *fields)).status == 201
        rows = served.rows("SELECT ip_address FROM audit_entry ORDER BY at DESC LIMIT 1")
        assert rows[0][0].startswith(address)
    path = "/api/v2/users/me"
    assert ask(served.port, get(path, f"Coder_Session_Token: {token}")).status == 401
    assert ask(served.port, get(path, f"Coder-Session-Token: {token}")).status == 200


def test_a_body_larger_than_a_mebibyte_is_refused_and_one_of_that_size_read(
    served: Installation,
) -> None:
    for size, detail in ((2**20, "invalid JSON at character 1"), (2**20 + 1, "larger than 1 MiB")):
        said = ask(served.port, post("/api/v2/users/login", b"x" * size))
        assert said.status == 400
        assert said.json["message"] == "Request body must be valid JSON."
        assert detail in said.json["detail"]


def is_quick(served: Installation, alone: float) -> bool:
    """Say whether others are answered as if nobody else were there; machines may be busy."""
    return took(served.port, get("/healthz")) < 0.1 + 3 * alone


def test_a_thousand_unsent_bodies_cost_nobody_anything(served: Installation, token: str) -> None:
    alone = took(served.port, get("/healthz"))
    files = open_files(pid(served))
    unsent = post("/api/v2/users/login", b"x" * 10)[:-10]
    with crowd(served.port, CROWD, unsent) as connections:
        assert is_quick(served, alone)
        said = ask(served.port, get("/api/v2/users/me", f"Coder-Session-Token: {token}"))
        assert said.status == 200
        assert connections[0].answer().status == 408
        assert connections[-1].answer().status == 408
    until(lambda: open_files(pid(served)) <= files + THREADS)


def test_attempts_at_http_2_cost_nobody_anything(served: Installation) -> None:
    alone = took(served.port, get("/healthz"))
    for _ in range(60):
        with wire(served.port) as connection:
            connection.send(HTTP_2)
            assert connection.answer().status == 505
    with crowd(served.port, 60, HTTP_2):
        assert is_quick(served, alone)
    worker = children(children(pid(served))[0])[0]
    before = processor_seconds(worker)
    time.sleep(1)
    assert processor_seconds(worker) - before < 0.5, "threads spin"


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_a_thousand_long_paths_leave_nothing_behind(served: Installation) -> None:
    def load(first: int) -> None:
        with wire(served.port) as connection:
            for number in range(first, first + 500):
                path = f"/{number}{'x' * 60_000}"
                assert connection.send(get(path)).answer().status == 404

    load(0)
    before = memory_kib(pid(served))
    load(500)
    load(1000)
    assert memory_kib(pid(served)) < before + 25 * MEGABYTE


@pytest.mark.postgres
def test_connections_are_one_a_thread_and_stay(served: Installation, token: str) -> None:
    def load() -> int:
        data = get("/api/v2/users/me?x", f"Coder-Session-Token: {token}")

        def many() -> set[int]:
            return {ask(served.port, data).status for _ in range(12)}

        answers = [start(many) for _ in range(3 * THREADS)]
        assert set().union(*(one.result(PATIENCE) for one in answers)) == {200}
        with psycopg.connect(served.environment["CODERAUTH_DATABASE_URL"]) as probe:
            row = probe.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ).fetchone()
        assert row is not None
        return int(row[0])

    assert 1 <= load() <= THREADS + 1
    files = open_files(pid(served))
    assert load() <= THREADS + 1
    assert open_files(pid(served)) <= files + THREADS


@pytest.mark.long
def test_a_stop_waits_for_nobody_who_is_idle_or_has_sent_half_a_request(
    migrated: Installation,
) -> None:
    migrated.environment["CODERAUTH_WORKERS"] = "2"
    with migrated.start("serve") as server:
        server.wait_for("is ready at")
        half_open = [b"", b"GET / HT", post("/api/v2/users/login", b"x" * 9)[:-3], HTTP_2]
        with wire(migrated.port) as idle, ExitStack() as stack:
            assert idle.send(get("/healthz")).answer().status == 200
            for data in half_open:
                stack.enter_context(wire(migrated.port)).send(data)
            begun = time.monotonic()
            assert server.stop() == 0
            # Five seconds, and what a busy machine adds; containers are killed after ten.
            assert time.monotonic() - begun < 8
            assert idle.is_closed()
