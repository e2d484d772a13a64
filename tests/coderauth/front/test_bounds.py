"""What strangers can make the door hold, for how long, and what that costs everybody else.

The hasty door waits `small_server.PATIENCE` for its clients, a second.
"""

import http.client
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from coderauth.front.bounds import LINGER_SECONDS, MAX_BODY, MAX_HELD, MAX_WAITING
from tests.waiting import until

from .conftest import Door
from .small_server import PATIENCE, THREADS
from .wire import Wire, ask, crowd, get, memory_kib, open_files, took, wire

CROWD = 1_000
UNSENT = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
MEGABYTE = 1024  # KiB
BEGUN = {
    "nothing": b"",
    "half of a head": b"GET / HTTP/1.1\r\nHost: a\r\nX-",
    "no body": UNSENT,
    "half of a body": UNSENT + b"half",
    "no chunk": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    "half of a chunk": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
}


def is_quick(door: Door, alone: float) -> bool:
    """Say whether others are answered as if nobody else were there; machines may be busy."""
    return took(door.port, get("/")) < 0.1 + 3 * alone


@pytest.mark.parametrize("data", BEGUN.values(), ids=BEGUN)
def test_a_thousand_clients_that_do_not_go_on_cost_nobody_anything_and_are_closed(
    hasty_door: Door, data: bytes
) -> None:
    alone = took(hasty_door.port, get("/"))
    before = open_files(hasty_door.pid)
    with crowd(hasty_door.port, CROWD, data) as connections:
        assert is_quick(hasty_door, alone)
        begun = time.monotonic()
        for connection in connections:
            if data:
                assert connection.answer().status == 408
            assert connection.is_closed()
        assert time.monotonic() - begun < PATIENCE + 10
    until(lambda: open_files(hasty_door.pid) <= before)


def test_a_thousand_clients_that_drip_cost_nobody_anything_and_are_closed(hasty_door: Door) -> None:
    alone = took(hasty_door.port, get("/"))
    size = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
    with crowd(hasty_door.port, CROWD, size) as connections:
        deadline = time.monotonic() + PATIENCE + LINGER_SECONDS + 20
        dripping = [*connections]
        while dripping and time.monotonic() < deadline:
            for connection in [*dripping]:
                try:
                    connection.send(b"x")
                except ConnectionError:
                    dripping.remove(connection)
            assert is_quick(hasty_door, alone)
        assert not dripping, "bytes that come one by one keep a connection for ever"


def test_a_client_within_its_time_is_answered(hasty_door: Door) -> None:
    with wire(hasty_door.port) as connection:
        for part in (b"POST / HTTP/1.1\r\nHo", b"st: a\r\nContent-Length: 2\r\n\r\nh", b"i"):
            time.sleep(PATIENCE / 5)
            connection.send(part)
        assert connection.answer().json["body"] == "hi"
        # The time is each request's own.
        time.sleep(1.2 * PATIENCE)
        assert connection.send(get("/")).answer().status == 200


def test_unfinished_bodies_are_bounded_together_and_the_oldest_make_room(own_door: Door) -> None:
    size = MAX_BODY - 1
    count = 2 * MAX_HELD // size
    data = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % MAX_BODY + b"x" * size
    start = memory_kib(own_door.pid)
    highest = 0
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connections.append(stack.enter_context(wire(own_door.port)))
            connections[-1].send(data)
            highest = max(highest, memory_kib(own_door.pid))
            # Whoever comes at once is never turned away for them.
            assert ask(own_door.port, UNSENT + b"0123456789").status == 200
        statuses = []
        for connection in connections[: count // 4]:
            said = connection.answer()
            statuses.append(said.status)
            assert said.field("Retry-After") == "1"
        assert {*statuses} == {503}
    assert highest - start < 2 * MAX_HELD / 1024


def come_and_go(door: Door) -> None:
    for number in range(200):
        data = [*BEGUN.values(), get("/large/1000000"), get("/slow/0.01")][number % 8]
        reset(Wire(door.port).send(data))
    assert ask(door.port, get("/")).status == 200


def reset(connection: Wire) -> None:
    """Go away without a word."""
    linger = struct.pack("ii", 1, 0)
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()


def test_clients_that_go_away_leave_nothing_behind(own_door: Door) -> None:
    come_and_go(own_door)  # After the first, everything that stays is there.
    files, memory = open_files(own_door.pid), memory_kib(own_door.pid)
    for _ in range(3):
        come_and_go(own_door)
        until(lambda: open_files(own_door.pid) <= files)
    assert memory_kib(own_door.pid) < memory + 30 * MEGABYTE


def test_work_for_a_client_that_is_gone_is_not_begun(own_door: Door) -> None:
    with crowd(own_door.port, THREADS, get("/slow/1")) as connections:
        gone, here = wire_of(own_door, "/gone"), wire_of(own_door, "/here")
        reset(gone)
        assert all(connection.answer().status == 200 for connection in connections)
        assert here.answer().status == 200
        here.close()
    seen = ask(own_door.port, get("/seen")).json
    assert "/here" in seen
    assert "/gone" not in seen


def wire_of(door: Door, path: str) -> Wire:
    return Wire(door.port).send(get(path))


@pytest.fixture
def busy(own_door: Door) -> Iterator[Door]:
    """Provide a door whose threads are all busy for five seconds."""
    with crowd(own_door.port, THREADS, get("/slow/5")):
        yield own_door


def test_what_waits_for_a_thread_is_bounded(busy: Door) -> None:
    with crowd(busy.port, MAX_WAITING, get("/")):
        until(lambda: ask_now(busy) == 503, patience=4)


def ask_now(door: Door) -> int:
    """Return the status that comes at once, or 0."""
    with wire(door.port) as connection:
        connection.socket.settimeout(0.2)
        try:
            said = connection.send(get("/")).answer()
        except TimeoutError:
            return 0
        assert said.field("Retry-After") == "1"
        return said.status


def test_a_client_that_takes_nothing_of_its_answer_is_cut_off(hasty_door: Door) -> None:
    size = 20_000_000
    with wire(hasty_door.port) as idle, wire(hasty_door.port) as slow:
        for connection in (idle, slow):
            connection.send(get(f"/large/{size}"))
        taken = 0
        begun = time.monotonic()
        while time.monotonic() < begun + 4 * PATIENCE or taken < size:
            part = slow.socket.recv(500_000)
            assert part, "cut off while it reads"
            taken += len(part)
            time.sleep(PATIENCE / 10)
        with pytest.raises((ConnectionError, http.client.IncompleteRead)):
            idle.answer()


def test_answers_that_nobody_takes_are_bounded_together(own_door: Door) -> None:
    size = 1_000_000  # Threads that make answers hold a few more of them.
    start = memory_kib(own_door.pid)
    with crowd(own_door.port, 5 * MAX_HELD // size, get(f"/large/{size}")) as connections:
        for connection in connections:
            with suppress(ConnectionError):
                connection.socket.recv(1, socket.MSG_PEEK)  # Its answer has begun.
        for _ in range(5):
            assert len(ask(own_door.port, get(f"/large/{size}")).body) == size
        assert memory_kib(own_door.pid) - start < 3 * MAX_HELD / 1024


def test_a_stop_lets_what_is_begun_finish_and_nothing_else_begin(own_door: Door) -> None:
    idle, slow, half = (Wire(own_door.port) for _ in range(3))
    assert idle.send(get("/")).answer().status == 200
    slow.send(get("/slow/1") + get("/after"))
    half.send(UNSENT)
    until(lambda: "/slow/1" in ask(own_door.port, get("/seen")).json)
    own_door.process.terminate()
    assert idle.is_closed()
    said = slow.answer()
    assert (said.status, said.field("Connection")) == (200, "close")
    assert slow.is_closed()
    assert half.answer().status == 408
    assert own_door.process.wait(10) == 0
    with pytest.raises(ConnectionRefusedError):
        Wire(own_door.port)
    for connection in (idle, slow, half):
        connection.close()


# Proxies keep connections, and do not send again what may not be done twice.
def test_a_request_that_is_on_its_way_at_a_stop_is_answered(own_door: Door) -> None:
    with wire(own_door.port) as kept:
        assert kept.send(get("/")).answer().status == 200
        own_door.process.terminate()
        until(lambda: not own_door.answers())
        said = kept.send(get("/")).answer()
        assert (said.status, said.field("Connection")) == (200, "close")
        assert kept.is_closed()
    assert own_door.process.wait(10) == 0
