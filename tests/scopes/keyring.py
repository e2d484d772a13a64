"""Keys for the tests of this room."""

from datetime import UTC, datetime
from typing import Any

from django.test import Client

from accounts.models import User
from scopes.models import Key
from tests.expect import document
from tests.people import Api, make_key

NOT_FOUND = {"message": "Resource not found or you do not have access to this resource"}


def narrowed(user: User, *scopes: str, allow_list: tuple[str, ...] = ("*:*",), **row: Any) -> Api:
    """Return a client whose key has these scopes and this allow list only."""
    return Api(make_key(user, scopes=list(scopes), allow_list=list(allow_list), **row))


def token(api: Api, path: str = "/users/me", **wish: Any) -> str:
    """Make a token through the API and return its secret."""
    answer = api.post(f"{path}/keys/tokens", wish)
    assert answer.status_code == 201, answer.content
    secret: str = answer.json()["key"]
    return secret


def get(path: str = "/users/me", **headers: str) -> Any:
    """Ask with whatever token the headers have, `Coder_Session_Token="…"`, or with none."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().get(f"/api/v2{path}", headers=sent)


def whose(answer: Any) -> str:
    """Return whose key it was that an answer about oneself was asked for with."""
    assert answer.status_code == 200, answer.content
    return str(document(answer)["username"])


def row_of(secret: str) -> Key:
    """Return the stored row behind a secret."""
    return Key.objects.get(pk=secret.partition("-")[0])


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
