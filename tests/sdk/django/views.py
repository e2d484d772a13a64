"""The views of the small service."""

from typing import Any, ClassVar
from uuid import UUID

from coderauth_django.permissions import Needs
from coderauth_sdk import Check, Scope
from django.urls import path
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet


def whose(request: Request) -> Response:
    user: Any = request.user
    return Response(
        {
            "id": str(user.pk),
            "username": user.get_username(),
            "scopes": user.scopes,
            "key_id": user.key_id,
        }
    )


class Workspaces(APIView):
    needs: ClassVar[Needs] = {"GET": ["workspace:read"], "POST": [Scope.WORKSPACE_CREATE]}

    def get(self, request: Request) -> Response:
        return whose(request)

    def post(self, request: Request) -> Response:
        return Response({"made": True}, status=201)


class Workspace(ViewSet):
    needs: ClassVar[Needs] = {"GET": ["workspace:read"], "DELETE": ["workspace:delete"]}
    object_kwarg = "pk"

    def retrieve(self, request: Request, pk: str) -> Response:
        return whose(request)

    def destroy(self, request: Request, pk: str) -> Response:
        return Response(status=204)

    @action(detail=True, methods=["post"], needs={"POST": ["workspace:start"]})
    def start(self, request: Request, pk: str) -> Response:
        return Response({"may_stop": request.auth.may("stop", "workspace", resource_id=pk)})  # type: ignore[union-attr]


class Both(APIView):
    needs: ClassVar[Needs] = {"GET": ["workspace:read", "template:read"]}

    def get(self, request: Request) -> Response:
        return whose(request)


class Templates(APIView):
    needs: ClassVar[Needs] = {"POST": [Check("create", "template", any_org=True)]}

    def post(self, request: Request) -> Response:
        return Response({"made": True}, status=201)


class Everybodys(APIView):
    """Needs the same of two owners."""

    needs: ClassVar[Needs] = {
        "GET": [
            Check("read", "workspace", owner_id=UUID(int=1)),
            Check("read", "workspace", owner_id="me"),
        ]
    }

    def get(self, request: Request) -> Response:
        return whose(request)


class Me(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return whose(request)


DETAIL: Any = {"get": "retrieve", "delete": "destroy"}
urlpatterns = [
    path("workspaces", Workspaces.as_view()),
    path("workspaces/<pk>", Workspace.as_view(DETAIL)),
    path("workspaces/<pk>/start", Workspace.as_view({"post": "start"}, **Workspace.start.kwargs)),
    path("both", Both.as_view()),
    path("templates", Templates.as_view()),
    path("everybodys", Everybodys.as_view()),
    path("me", Me.as_view()),
]
