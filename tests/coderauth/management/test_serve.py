"""`manage.py serve` as a real process: start, announce, serve, stop (decision D20)."""

import http.client
import os
import signal
import socket
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.people import PASSWORD
from tests.processes import Installation, children, family, is_alive
from tests.threads import start
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.long

OWNER = {"email": "owner@example.test", "username": "owner", "password": PASSWORD}
MEGABYTE = 1024  # of /proc's kilobytes


def memory(pid: int) -> int:
    """Return the proportional set size of a process and its descendants in kilobytes."""
    total = 0
    for member in family(pid):
        lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def test_a_fresh_machine_is_migrated_and_told_how_to_make_the_first_owner(
    fresh: Installation,
) -> None:
    fresh.environment["CODERAUTH_WORKERS"] = "2"
    with fresh.start("serve") as server:
        server.wait_for("create_admin")
        assert "Bringing the database up to date" in server.text
        assert f"is ready at http://127.0.0.1:{fresh.port}" in server.text
        assert "/api/v2/users/first" in server.text
        assert "WARNING" not in server.text
        assert fresh.call("/api/v2/users/first", OWNER) == 201
        assert fresh.call("/api/v2/users/login", OWNER) == 201
        assert fresh.call("/api/v2/users/otp/request", {"email": OWNER["email"]}) == 204
        mails = fresh.folder / "data" / "mail"
        until(lambda: any(mails.glob("*.eml")))
        assert memory(server.process.pid) < 250 * MEGABYTE

        second = fresh.run("serve")
        assert second.returncode == 1
        assert "Address already in use. Stop what listens there" in second.stderr
        assert "Traceback" not in second.stderr

        assert server.stop() == 0
        assert server.text.endswith("Stopped.\n")

    with fresh.start("serve") as server:
        server.wait_for("is ready at")
        assert server.stop(signal.SIGINT) == 0
        assert "create_admin" not in server.text
        assert "Bringing" not in server.text


def test_missing_migrations_are_refused_when_so_wished(fresh: Installation) -> None:
    refused = fresh.run("serve", "--no-migrate")
    assert refused.returncode == 1
    assert "migrations are missing" in refused.stderr


def test_a_migrated_database_is_served_at_once(migrated: Installation) -> None:
    with migrated.start("serve", "--no-migrate", "--no-worker") as server:
        server.wait_for("is ready at")


@pytest.mark.no_database
def test_a_request_in_flight_is_answered_before_the_server_stops(migrated: Installation) -> None:
    migrated.environment["CODERAUTH_ARGON2_MEMORY_KIB"] = "65536"
    migrated.environment["CODERAUTH_ARGON2_TIME_COST"] = "6"
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        signing_in = start(partial(migrated.call, "/api/v2/users/first", OWNER))
        worker = children(children(server.process.pid)[0])[0]
        until(lambda: memory(worker) > 100 * MEGABYTE or signing_in.done())
        assert not signing_in.done(), "the request was over before the server was stopped"
        assert server.stop() == 0
        assert signing_in.result(PATIENCE) == 201


def test_without_a_worker_tasks_are_left_to_db_worker(migrated: Installation) -> None:
    assert (
        migrated.run(
            "create_admin", "--email=a@b.test", "--username=ann", "--generate-password"
        ).returncode
        == 0
    )
    mails = migrated.folder / "data" / "mail"
    with migrated.start("serve", "--no-worker", "--access-log") as server:
        server.wait_for("is ready at")
        assert migrated.call("/api/v2/users/otp/request", {"email": "a@b.test"}) == 204
        server.wait_for('"POST /api/v2/users/otp/request HTTP/1.1" 204')
    assert not any(mails.glob("*.eml"))

    assert migrated.run("db_worker", "--batch").returncode == 0
    assert len(list(mails.glob("*.eml"))) == 1


@pytest.mark.no_database
def test_serve_ends_with_an_error_when_the_web_server_dies(migrated: Installation) -> None:
    with migrated.start("serve") as server:
        server.wait_for("is ready at")
        web = children(server.process.pid)[0]
        workers = children(web)
        assert workers
        os.kill(web, signal.SIGKILL)
        assert server.process.wait(20) == 1
        assert "The web server ended by itself" in server.text
        until(lambda: not any(map(is_alive, workers)))


@pytest.mark.no_database
def test_a_worker_that_dies_is_replaced(migrated: Installation) -> None:
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        web = children(server.process.pid)[0]
        first = children(web)[0]
        os.kill(first, signal.SIGKILL)
        until(lambda: children(web) not in ([], [first]))
        until(migrated.is_listening)
        assert migrated.call("/healthz") == 200


@pytest.mark.no_database
def test_the_web_server_does_not_outlive_a_serve_that_was_killed(migrated: Installation) -> None:
    with migrated.start("serve") as server:
        server.wait_for("is ready at")
        web = children(server.process.pid)[0]
        server.stop(signal.SIGKILL)
        until(lambda: not is_alive(web))


@pytest.mark.no_database
def test_a_stop_while_the_workers_still_start_is_heard(migrated: Installation) -> None:
    with migrated.start("serve", "--no-worker") as server:
        until(lambda: len(family(server.process.pid)) == 3)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(10) == 0


@pytest.mark.no_database
def test_a_wrong_setting_stops_the_start_with_one_sentence(fresh: Installation) -> None:
    fresh.environment["CODERAUTH_WORKERS"] = "many"
    refused = fresh.run("serve")
    assert refused.returncode == 1
    assert refused.stderr == "CODERAUTH_WORKERS must be a whole number, not 'many'.\n"


@pytest.mark.no_database
def test_a_database_that_is_down_is_told_without_its_password(fresh: Installation) -> None:
    fresh.environment["CODERAUTH_DATABASE_URL"] = "postgres://me:canary@127.0.0.1:1/none"
    refused = fresh.run("serve")
    assert refused.returncode == 1
    assert "Check CODERAUTH_DATABASE_URL" in refused.stderr
    assert "canary" not in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.no_database
def test_an_address_that_cannot_be_found_is_told(fresh: Installation) -> None:
    fresh.environment["CODERAUTH_HTTP_ADDRESS"] = "nowhere.invalid:3000"
    refused = fresh.run("serve")
    assert refused.returncode == 1
    assert "Cannot find the address of nowhere.invalid" in refused.stderr


@pytest.mark.no_database
def test_a_refusal_that_does_not_want_the_body_leaves_the_connection_open(
    migrated: Installation,
) -> None:
    head = b"PATCH /api/v2/organizations/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
    with migrated.start("serve") as server:
        server.wait_for("is ready at")
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", migrated.port), timeout=10) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(head)
                time.sleep(0.02)  # So long that the refusal is decided before the body is there.
                connection.sendall(b"{}")
                assert answered(connection) == 401
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                assert answered(connection) == 200


def answered(connection: socket.socket) -> int:
    """Read one whole answer off the wire, however many pieces it comes in; return its status."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


@pytest.mark.no_database
def test_gunicorn_serves_it_too(migrated: Installation) -> None:
    done = migrated.run(
        "create_admin", "--email=o@b.test", "--username=o", "--password-stdin", given=PASSWORD
    )
    assert done.returncode == 0, done.stderr
    command = [sys.executable, "-m", "gunicorn", "coderauth.wsgi:application", "--threads", "4"]
    with migrated.start(*command, "--bind", f"127.0.0.1:{migrated.port}") as server:
        server.wait_for("Booting worker")
        assert migrated.call("/healthz") == 200
        login = {"email": "o@b.test", "password": PASSWORD}
        assert migrated.call("/api/v2/users/login", login) == 201
        assert server.stop() == 0
