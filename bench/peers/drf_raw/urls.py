"""The bare peer's query and answer in a view of Django REST framework."""

from typing import Any

from django.urls import path
from django.db import connection
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.peers.bare.urls import QUERY


class RawQuery(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, None]:
        key_id = request.headers["Coder-Session-Token"].partition("-")[0]
        with connection.cursor() as cursor:
            cursor.execute(QUERY, [key_id])
            row = cursor.fetchone()
        if row is None:
            raise AuthenticationFailed
        return row, None


class Me(APIView):
    authentication_classes = [RawQuery]

    def get(self, request: Request) -> Response:
        identifier, username, email, name = request.user
        return Response({"id": identifier, "username": username, "email": email, "name": name})


urlpatterns = [path("me", Me.as_view())]
