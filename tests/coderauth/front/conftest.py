"""A front door that tests knock at."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.places import ROOT
from tests.servers import free_port
from tests.waiting import until

from .house import PATIENCE
from .wire import Said, Wire, ask

# Seconds for clients that are not what a test is about, on whatever machine.
LONG = 60.0


@dataclass(frozen=True)
class Door:
    port: int
    pid: int
    process: "subprocess.Popen[bytes]"

    def ask(self, data: bytes, method: str = "GET") -> Said:
        return ask(self.port, data, method)

    def answers(self) -> bool:
        try:
            Wire(self.port).close()
        except OSError:
            return False
        return True


@contextmanager
def door_open(patience: float) -> Iterator[Door]:
    port = free_port()
    command = [sys.executable, "-m", "tests.coderauth.front.house", str(port), str(patience)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
    door = Door(port, process.pid, process)
    try:
        until(lambda: door.answers() or process.poll() is not None)
        yield door
    finally:
        process.kill()
        process.communicate(timeout=LONG)


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    """Provide a door that the tests of a module share."""
    with door_open(LONG) as opened:
        yield opened


@pytest.fixture
def own_door() -> Iterator[Door]:
    """Provide a door for tests that leave it changed."""
    with door_open(LONG) as opened:
        yield opened


@pytest.fixture
def hasty_door() -> Iterator[Door]:
    """Provide a door that waits a second for its clients."""
    with door_open(PATIENCE) as opened:
        yield opened
