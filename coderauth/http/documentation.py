"""Where the API describes itself: the OpenAPI document, and a page to read and try it."""

from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.http.documents import OpenApiDocument
from coderauth.http.openapi import document, operation
from coderauth.http.viewsets import Access, ApiViewSet, Public

# Swagger UI sets `style` attributes and uses `data:` images; scripts must still be our own files.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class DocumentViewSet(ApiViewSet):
    access: ClassVar[dict[str, Access]] = {
        "retrieve": Public("the document is the same for everybody"),
    }
    hides_methods = False

    @operation("Describe this API", answers={200: OpenApiDocument})
    def retrieve(self, request: Request) -> Response:
        return Response(document())


def documentation(request: HttpRequest) -> HttpResponse:
    """Show the document with Swagger UI, from our own server and without inline scripts."""
    response = render(request, "documentation.html")
    response.headers["Content-Security-Policy"] = POLICY
    return response
