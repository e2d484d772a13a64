"""The views of the small service, and some that the system checks refuse."""

from typing import ClassVar

from coderauth_django.permissions import DeclaredNeeds, Needs
from django.urls import include, path
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from tests.sdk.django.views import urlpatterns as good


class Forgotten(APIView):
    def get(self, request: Request) -> Response:
        return Response({"secret": True})


class HalfForgotten(Forgotten):
    needs: ClassVar[Needs] = {"GET": ["workspace:read"]}

    def post(self, request: Request) -> Response:
        return Response({"secret": True})


class Empty(Forgotten):
    needs: ClassVar[Needs] = {"GET": []}


class Misspelled(Forgotten):
    needs: ClassVar[Needs] = {"GET": ["workspace:raed"]}


class TooWide(Forgotten):
    needs: ClassVar[Needs] = {"GET": ["workspace:*"]}


class Guarded(BasePermission):
    """Somebody's own rule."""


class Own(Forgotten):
    permission_classes = [Guarded, DeclaredNeeds]


class HalfSet(ViewSet):
    needs: ClassVar[Needs] = {"GET": ["workspace:read"]}

    def list(self, request: Request) -> Response:
        return Response({"secret": True})

    def create(self, request: Request) -> Response:
        return Response({"secret": True})


class Misnamed(HalfForgotten):
    needs: ClassVar[Needs] = {"GET": ["workspace:read"], "POST": ["workspace:create"]}
    object_kwarg = "id"


class NoKeys(Forgotten):
    authentication_classes = []


urlpatterns = [
    *good,
    path("forgotten", Forgotten.as_view()),
    path("half", HalfForgotten.as_view()),
    path("deeper/", include([path("empty", Empty.as_view())])),
    path("misspelled", Misspelled.as_view()),
    path("wide", TooWide.as_view()),
    path("misnamed/<uuid:pk>", Misnamed.as_view()),
    path("set", HalfSet.as_view({"get": "list", "post": "create"})),
    path("own", Own.as_view()),
    path("no-keys", NoKeys.as_view()),
]
