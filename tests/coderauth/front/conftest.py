"""A front door that tests knock at."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.people import PASSWORD
from tests.places import ROOT
from tests.processes import Installation, installation
from tests.servers import free_port
from tests.waiting import until

from .small_server import PATIENCE
from .wire import Said, Wire, ask, post

# The threads of the service.
THREADS = 8
OWNER = {"email": "owner@example.test", "username": "owner", "password": PASSWORD}
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
    command = [sys.executable, "-m", "tests.coderauth.front.small_server", str(port), str(patience)]
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


@pytest.fixture(scope="module")
def served(
    template: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Provide a service with an owner, behind a proxy on this machine that it trusts."""
    with installation(tmp_path_factory.mktemp("served"), template) as made:
        done = made.run(
            "create_admin", "--email=owner@example.test", "--username=owner", "--password-stdin",
            given=PASSWORD,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        made.environment |= {
            "CODERAUTH_PROXY_TRUSTED_HEADERS": "X-Forwarded-For",
            "CODERAUTH_PROXY_TRUSTED_ORIGINS": "127.0.0.1",
            "CODERAUTH_REQUEST_TIMEOUT": "5s",
            "CODERAUTH_DANGEROUS_DISABLE_RATE_LIMITS": "false",
            "CODERAUTH_API_RATE_LIMIT": "100000",
            "CODERAUTH_THREADS": str(THREADS),
        }
        with made.start("serve", "--no-worker") as server:
            server.wait_for("is ready at")
            made.pid = server.process.pid  # type: ignore[attr-defined]
            yield made


def pid(served: Installation) -> int:
    found: int = served.pid  # type: ignore[attr-defined]
    return found


@pytest.fixture(scope="module")
def token(served: Installation) -> str:
    body = json.dumps({"email": OWNER["email"], "password": PASSWORD}).encode()
    said = ask(served.port, post("/api/v2/users/login", body))
    assert said.status == 201, said
    return str(said.json["session_token"])
