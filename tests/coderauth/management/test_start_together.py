"""Replicas start together, behind a pooler, and before what they need is there."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management.base import CommandError

from coderauth.management import migrating
from coderauth.management.migrating import MIGRATION_LOCK, one_at_a_time
from tests.people import PASSWORD
from tests.processes import Installation
from tests.servers import free_port, pgbouncer, redis

pytestmark = [pytest.mark.postgres, pytest.mark.long]
OWNER = {"email": "owner@example.test", "username": "owner", "password": PASSWORD}
URL = "CODERAUTH_DATABASE_URL"


def with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}").geturl()


@pytest.fixture
def pooled(fresh: Installation) -> Iterator[Installation]:
    """Provide an installation that reaches its database through a pooler."""
    direct = fresh.environment[URL]
    with pgbouncer(direct) as url:
        fresh.environment[URL] = url
        fresh.environment["CODERAUTH_DATABASE_PREPARED_STATEMENTS"] = "false"
        yield fresh
        fresh.environment[URL] = direct


@pytest.mark.long
def test_replicas_behind_a_pooler_start_together(pooled: Installation, tmp_path: Path) -> None:
    other = Installation(tmp_path / "other", dict(pooled.environment))
    other.folder.mkdir()
    with pooled.start("serve") as one, other.start("serve", "--no-worker") as two:
        one.wait_for("is ready at")
        two.wait_for("is ready at")
        assert pooled.call("/api/v2/users/first", OWNER) == 201
        assert other.call("/api/v2/users/login", OWNER) == 201
        # A lock that outlived its process would keep out whoever migrates next.
        assert pooled.run("migrate", "-v0").returncode == 0
        for server in (one, two):
            assert "Traceback" not in server.text
            assert server.stop() == 0
    assert pooled.run("users", "list").returncode == 0


def test_whoever_starts_while_another_migrates_waits_and_says_so(fresh: Installation) -> None:
    with psycopg.connect(fresh.environment[URL]) as another:
        another.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])
        with fresh.start("serve", "--no-worker") as server:
            server.wait_for("Another process is migrating this database. Waiting for it.")
            assert not fresh.is_listening()
            another.rollback()
            server.wait_for("is ready at")


def test_nobody_waits_for_ever(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    with one_at_a_time(told.append):
        monkeypatch.setattr(migrating, "LONGEST_WAIT", 0.0)
        with (
            pytest.raises(CommandError, match="has been migrating this database for 0 minutes"),
            one_at_a_time(told.append),
        ):
            pytest.fail("there were two at a time")
    with one_at_a_time(told.append):
        pass
    assert len(told) <= 1


def test_a_database_that_comes_late_is_waited_for(fresh: Installation) -> None:
    direct, port = fresh.environment[URL], free_port()
    fresh.environment[URL] = with_port(direct, port)
    with fresh.start("serve", "--no-worker") as server:
        server.wait_for("Connection refused")
        assert "Trying again for 20 s." in server.text
        with pgbouncer(direct, port):
            server.wait_for("is ready at")
            assert server.text.count("Trying again") == 1
            assert server.stop() == 0
    fresh.environment[URL] = direct


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_that_never_comes_is_told(fresh: Installation, command: str) -> None:
    fresh.environment[URL] = with_port(fresh.environment[URL], 1)
    fresh.environment["CODERAUTH_DATABASE_WAIT"] = "1s"
    done = fresh.run(command)
    assert done.returncode == 1
    assert "Trying again for 1 s." in done.stdout + done.stderr
    assert done.stderr.splitlines()[-1].endswith("Check CODERAUTH_DATABASE_URL.")


def test_a_redis_that_comes_late_is_waited_for(migrated: Installation) -> None:
    port = free_port()
    migrated.environment["CODERAUTH_REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("Redis cannot be used")
        with redis(port):
            server.wait_for("is ready at")
            assert migrated.call("/api/v2/users/login", OWNER) == 401
