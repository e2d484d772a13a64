"""Whether the process is alive, and whether it can serve requests."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

TEXT = "text/plain; charset=utf-8"


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; checks nothing else (liveness)."""
    return HttpResponse("OK", content_type=TEXT)


def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether requests can be served: the database answers and is migrated (readiness)."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        missing = _migrations_missing()
    except DatabaseError:
        return HttpResponse("The database does not answer.", status=503, content_type=TEXT)
    if missing:
        return HttpResponse("Migrations are missing.", status=503, content_type=TEXT)
    return HttpResponse("OK", content_type=TEXT)


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
