"""Check what must hold before the server starts; each failure is one sentence."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import redis
from django.conf import settings
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader

from coderauth.management.trouble import trouble

Say = Callable[[str], object]
Failure = TypeVar("Failure", bound=Exception)
TRY_EVERY = 0.5


def wait_for_database(say: Say) -> None:
    """Connect to the database; wait for a PostgreSQL that does not let us in yet.

    Beside a service that starts, a database often starts, too. Raises OperationalError when it
    still refuses after CODERAUTH_DATABASE_WAIT.
    """
    if connection.vendor != "postgresql":
        connection.ensure_connection()
        return

    def why_not() -> OperationalError | None:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            return error
        return None

    error = _wait(why_not, lambda error: say(f"{trouble(error)} Trying again for {_patience()}."))
    if error is not None:
        raise error


def require_redis(say: Say) -> None:
    """Raise CommandError if limits are counted in a Redis that does not answer in time."""
    if not settings.REDIS_URL:
        return
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)

    def why_not() -> redis.RedisError | None:
        try:
            client.ping()
        except redis.RedisError as error:
            return error
        return None

    try:
        error = _wait(
            why_not, lambda error: say(f"{_refusal(error)} Trying again for {_patience()}.")
        )
    finally:
        client.close()
    if error is not None:
        raise CommandError(
            f"{_refusal(error)} Check CODERAUTH_REDIS_URL, or leave it out and limits are counted "
            "in the database."
        ) from error


def refuse_newer_database(loader: MigrationLoader) -> None:
    """Raise CommandError if a newer version has changed the tables."""
    replaced = {name for one in loader.disk_migrations.values() for name in one.replaces}
    unknown = [
        ".".join(name)
        for name in sorted(loader.applied_migrations)
        if name[0] in loader.migrated_apps
        and name not in loader.disk_migrations
        and name not in replaced
    ]
    if unknown:
        raise CommandError(
            f"A newer version of coderauth has changed this database ({unknown[-1]} is not known "
            "here). Start that version, or go back to a copy of the database from before."
        )


def _wait(
    why_not: Callable[[], Failure | None], tell: Callable[[Failure], object]
) -> Failure | None:
    """Ask until nothing is wrong, or for CODERAUTH_DATABASE_WAIT; return what is wrong then."""
    deadline = time.monotonic() + settings.DATABASE_WAIT.total_seconds()
    failure, is_told = why_not(), False
    while failure is not None and time.monotonic() < deadline:
        if not is_told:
            tell(failure)
            is_told = True
        time.sleep(TRY_EVERY)
        failure = why_not()
    return failure


def _patience() -> str:
    return f"{settings.DATABASE_WAIT // timedelta(seconds=1)} s"


def _refusal(error: redis.RedisError) -> str:
    return f"Redis cannot be used: {str(error).rstrip('.')}."
