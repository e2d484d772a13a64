"""Where the API describes itself."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.api.documents.description import OpenApiDocument
from coderauth.http.openapi import operation
from coderauth.http.openapi_document import document
from coderauth.http.viewsets import Access, ApiViewSet, Public


class DocumentViewSet(ApiViewSet):
    """This document."""

    access: ClassVar[dict[str, Access]] = {
        "retrieve": Public("the document is the same for everybody"),
    }
    hides_methods = False

    @operation("Describe this API", answers={200: OpenApiDocument})
    def retrieve(self, request: Request) -> Response:
        return Response(document())
