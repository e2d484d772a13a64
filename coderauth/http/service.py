"""What the service says about itself: its root, its build, its health."""

from typing import ClassVar

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from coderauth import BUILD_VERSION
from coderauth.http.documents import BuildDocument, message
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, ApiViewSet, Public
from coderauth.models import Deployment

TEXT = "text/plain; charset=utf-8"


class ServiceViewSet(ApiViewSet):
    access: ClassVar[dict[str, Access]] = {
        "root": Public("says only that this is the API"),
        "build": Public("clients compare versions before they sign in"),
    }
    hides_methods = False

    @operation("Say that this is the API", answers={200: message("👋")})
    def root(self, request: Request) -> Response:
        return Response({"message": "👋"})

    @operation("Say which server this is", answers={200: BuildDocument})
    def build(self, request: Request) -> Response:
        return Response(
            {
                "external_url": settings.SOURCE_URL,
                "version": BUILD_VERSION,
                "dashboard_url": settings.ACCESS_URL,
                "telemetry": False,
                "workspace_proxy": False,
                "agent_api_version": "1.0",
                "provisioner_api_version": "1.10",
                "upgrade_message": "",
                "deployment_id": str(Deployment.current().id),
            }
        )


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
