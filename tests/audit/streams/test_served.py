"""The stream of a real service: it goes on where it was, and holds up nobody."""

import socket
import time
from collections.abc import Iterator

import pytest

from tests.audit.streams.receiver import SECRET, Receiver, receiver
from tests.people import PASSWORD
from tests.processes import Installation
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.long

OWNER = {"email": "owner@example.test", "username": "owner", "password": PASSWORD}


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as server:
        yield server


def send_to(url: str, installation: Installation) -> None:
    installation.environment |= {
        "CODERAUTH_AUDIT_WEBHOOK_URL": url,
        "CODERAUTH_AUDIT_WEBHOOK_SECRET": SECRET,
    }


def test_a_restart_goes_on_where_the_stream_was(migrated: Installation, hook: Receiver) -> None:
    send_to(hook.url, migrated)
    with migrated.start("serve") as server:
        server.wait_for("is ready at")
        assert migrated.call("/api/v2/users/first", OWNER) == 201
        assert migrated.call("/api/v2/users/login", OWNER) == 201
        until(lambda: bool(hook.sequences))
        assert server.stop() == 0
    before = len(hook.sequences)
    with migrated.start("serve") as server:
        server.wait_for("is ready at")
        assert migrated.call("/api/v2/users/login", OWNER) == 201
        until(lambda: len(hook.sequences) > before)
        assert server.stop() == 0
    assert hook.sequences == [*range(1, len(hook.sequences) + 1)]
    assert hook.is_signed
    assert SECRET not in server.text


def test_a_receiver_that_hangs_holds_up_neither_the_chain_nor_the_end(
    migrated: Installation,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        send_to(f"http://127.0.0.1:{silent.getsockname()[1]}/", migrated)
        with migrated.start("serve") as server:
            server.wait_for("is ready at")
            assert migrated.call("/api/v2/users/first", OWNER) == 201
            assert migrated.call("/api/v2/users/login", OWNER) == 201
            asking, _ = silent.accept()
            assert migrated.call("/api/v2/users/login", OWNER) == 201
            until(
                lambda: (
                    migrated.rows("SELECT count(*) FROM audit_entry WHERE sequence IS NULL")
                    == [[0]]
                )
            )
            begun = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - begun < 5
            asking.close()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("AUDIT_WEBHOOK_URL", "https://logs.example.org/", "AUDIT_WEBHOOK_SECRET"),
        ("AUDIT_WEBHOOK_URL", "http://logs.example.org/?token=hidden", "AUDIT_WEBHOOK_URL"),
        ("AUDIT_SYSLOG", "logs.example.org", "AUDIT_SYSLOG"),
    ],
)
def test_a_wrong_receiver_stops_the_start(
    migrated: Installation, name: str, value: str, reason: str
) -> None:
    migrated.environment[f"CODERAUTH_{name}"] = value
    done = migrated.run("serve")
    assert done.returncode == 1
    assert f"CODERAUTH_{reason} " in done.stderr
    assert "hidden" not in done.stderr
