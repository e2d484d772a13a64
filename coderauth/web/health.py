"""Whether the process is alive, and whether it can serve requests."""

import time
from functools import lru_cache

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from coderauth.connections import drop_broken
from coderauth.http.rendering import TEXT
from coderauth.models import Deployment

WRITE_EVERY = 5.0  # seconds


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; checks nothing else (liveness)."""
    return HttpResponse("OK", content_type=TEXT)


def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether requests can be served: the database answers, is migrated and takes writes."""
    try:
        drop_broken()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        missing = _migrations_missing()
    except DatabaseError:
        return _not_ready("The database does not answer.")
    if missing:
        return _not_ready("Migrations are missing.")
    if not _takes_writes(int(time.monotonic() // WRITE_EVERY)):
        return _not_ready("The database takes no writes.")
    return HttpResponse("OK", content_type=TEXT)


def _not_ready(text: str) -> HttpResponse:
    return HttpResponse(text, status=503, content_type=TEXT)


@lru_cache(maxsize=1)
def _takes_writes(moment: int) -> bool:
    """Write a row unchanged: a full disk and a read-only database still answer reads.

    Asked once in a while, whoever asks: anybody may. A database that others are writing to is well.
    """
    try:
        Deployment.objects.filter(number=Deployment.current().number).update(number=1)
    except DatabaseError as error:
        return "locked" in str(error)
    return True


_migrated: set[str] = set()


def _migrations_missing() -> bool:
    """Compare the code with the database; once they agree, this process need not ask again."""
    if connection.alias in _migrated:
        return False
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return True
    _migrated.add(connection.alias)
    return False
