"""Keys for the tests of this room."""

from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from scopes.models import Key
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


def row_of(secret: str) -> Key:
    """Return the stored row behind a secret."""
    return Key.objects.get(pk=secret.partition("-")[0])


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)
