"""What the service says about itself: its root and its build."""

from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from coderauth.api.documents.service import BuildDocument, build_document
from coderauth.http.documents import message
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, ApiViewSet, Public
from coderauth.models import Deployment


class ServiceViewSet(ApiViewSet):
    """The service itself."""

    access: ClassVar[dict[str, Access]] = {
        "root": Public("says only that this is the API"),
        "build": Public("clients compare versions before they sign in"),
    }
    hides_methods = False

    @operation("Say that this is the API", answers={200: message("👋")})
    def root(self, request: Request) -> Response:
        return Response({"message": "👋"})

    @operation("Say which server this is", answers={200: BuildDocument})
    def build(self, request: Request) -> HttpResponse:
        return self.answer(build_document(Deployment.current()))
