"""One view, one raw query: what every figure is compared with."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import path

QUERY = (
    "SELECT u.id, u.username, u.email, u.name FROM scopes_key k "
    "JOIN accounts_user u ON u.id = k.user_id WHERE k.id = %s"
)


def me(request: HttpRequest) -> JsonResponse:
    key_id = request.headers["Coder-Session-Token"].partition("-")[0]
    with connection.cursor() as cursor:
        cursor.execute(QUERY, [key_id])
        identifier, username, email, name = cursor.fetchone()
    return JsonResponse({"id": identifier, "username": username, "email": email, "name": name})


urlpatterns = [path("me", me)]
