"""The bare peer's query and answer in a view of Django REST framework."""

from typing import Any

from django.db import connection
from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.peers.bare.urls import QUERY


class RawQuery(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[None, Any]:
        key_id = request.headers["Coder-Session-Token"].partition("-")[0]
        with connection.cursor() as cursor:
            cursor.execute(QUERY, [key_id])
            row = cursor.fetchone()
        if row is None:
            raise AuthenticationFailed
        return None, row


class Me(APIView):
    authentication_classes = [RawQuery]

    def get(self, request: Request) -> Response:
        row: Any = request.auth
        identifier, username, email, name = row
        return Response({"id": identifier, "username": username, "email": email, "name": name})


urlpatterns = [path("me", Me.as_view())]
