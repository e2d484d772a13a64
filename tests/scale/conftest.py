"""Replicas on the PostgreSQL of the run, and on one of their own that may fail."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.processes import Installation
from tests.scale.replicas import Replicas, replicas_of
from tests.servers import PostgreSQL, pgbouncer, redis


@pytest.fixture(params=["PostgreSQL", "Redis"])
def counting(request: pytest.FixtureRequest, migrated: Installation) -> Iterator[Installation]:
    """Provide an installation that counts limits in its database, or else in Redis."""
    if request.param == "PostgreSQL":
        yield migrated
        return
    with redis() as url:
        migrated.environment["CODERAUTH_REDIS_URL"] = url
        yield migrated


@pytest.fixture(params=["direct", "pooled"])
def replicas(
    request: pytest.FixtureRequest, migrated: Installation, tmp_path: Path
) -> Iterator[Replicas]:
    """Provide replicas that reach their database directly, and through PgBouncer."""
    with ExitStack() as stack:
        if request.param == "pooled":
            direct = migrated.environment["CODERAUTH_DATABASE_URL"]
            migrated.environment |= {
                "CODERAUTH_DATABASE_URL": stack.enter_context(pgbouncer(direct)),
                "CODERAUTH_DATABASE_PREPARED_STATEMENTS": "false",
            }
        yield stack.enter_context(replicas_of(migrated, tmp_path))


@pytest.fixture
def own_server() -> Iterator[PostgreSQL]:
    """Provide a PostgreSQL that nobody else uses; it writes to disk what it confirms."""
    with tempfile.TemporaryDirectory(prefix="coderauth-postgresql-") as folder:
        server = PostgreSQL(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGINT)


@pytest.fixture
def own_replicas(own_server: PostgreSQL, tmp_path: Path) -> Iterator[Replicas]:
    """Provide replicas whose database may be stopped."""
    environment = {**os.environ, "CODERAUTH_DATABASE_URL": own_server.url}
    with replicas_of(Installation(tmp_path, environment), tmp_path) as started:
        yield started
