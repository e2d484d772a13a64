"""Speak to a server over a plain socket, well or badly."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.processes import family

TIMEOUT = 30


@dataclass(frozen=True)
class Said:
    """What a server answered."""

    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def field(self, name: str) -> str | None:
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Kept:
    """What comes off a socket; stays open when the reader of one answer closes it."""

    def __init__(self, source: socket.socket) -> None:
        self._file = source.makefile("rb")

    def makefile(self, mode: str) -> Any:
        return self

    def close(self) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Wire:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.incoming: Any = Kept(self.socket)

    def send(self, data: bytes) -> "Wire":
        self.socket.sendall(data)
        return self

    def answer(self, method: str = "GET") -> Said:
        """Read one whole answer off the wire."""
        answer = http.client.HTTPResponse(self.incoming, method=method)
        answer.begin()
        return Said(answer.status, answer.getheaders(), answer.read())

    def is_closed(self) -> bool:
        """Say whether the server closes, or has closed, without another word."""
        try:
            closed: bool = self.incoming.read(1) == b""
        except ConnectionError:
            return True
        return closed

    def close(self) -> None:
        self.incoming._file.close()
        self.socket.close()


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    connection = Wire(port)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def crowd(port: int, count: int, data: bytes) -> Iterator[list[Wire]]:
    """Keep this many connections open, each of which has sent this."""
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connections.append(stack.enter_context(wire(port)))
            with suppress(ConnectionError):
                connections[-1].send(data)
        yield connections


def ask(port: int, data: bytes, method: str = "GET") -> Said:
    """Send bytes on a connection of their own and return the answer."""
    with wire(port) as connection:
        return connection.send(data).answer(method)


def get(path: str, *fields: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: a", *fields]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def post(path: str, body: bytes, *fields: str) -> bytes:
    return get(path, *fields, f"Content-Length: {len(body)}").replace(b"GET", b"POST", 1) + body


def took(port: int, data: bytes, times: int = 15) -> float:
    """Return the median time of a request in seconds, each on a new connection."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        assert ask(port, data).status < 500
        taken.append(time.perf_counter() - start)
    return sorted(taken)[times // 2]


def open_files(pid: int) -> int:
    return sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in family(pid))


def memory_kib(pid: int) -> int:
    """Return the memory that a process and its descendants have for themselves."""
    total = 0
    for one in family(pid):
        lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Private"))
    return total
