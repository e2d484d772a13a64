"""`/auth/scopes`: what a key can be narrowed to."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, ApiViewSet, Public
from scopes.api.documents.catalogue import ScopeCatalogueDocument
from scopes.engine.catalog import PUBLIC


class ScopeViewSet(ApiViewSet):
    """What a key can be narrowed to."""

    access: ClassVar[dict[str, Access]] = {
        "list": Public("the catalogue is documentation, the same for everybody"),
    }
    hides_methods = False

    @operation("List what a key can be narrowed to", answers={200: ScopeCatalogueDocument})
    def list(self, request: Request) -> Response:
        return Response({"external": PUBLIC})
