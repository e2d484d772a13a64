"""What a request costs in statements."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.people import Api, make_key


def used(user: User, **fields: Any) -> Api:
    """Return a client whose key was used within the hour: the hot path."""
    return Api(make_key(user, last_used_at=timezone.now(), **fields))


def cost(call: Callable[[], Any]) -> list[str]:
    """Return the statements of a request that succeeds."""
    with CaptureQueriesContext(connection) as queries:
        answer = call()
    assert answer.status_code < 300, answer.content
    return [query["sql"] for query in queries]
