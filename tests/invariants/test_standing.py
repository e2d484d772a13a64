"""Every act that changes something is judged at its moment, not when its request came.

Real threads on PostgreSQL: each request that changes something is stopped after it was let in, by a
lock on the row of who sends it; then what let it in ends, and it goes on.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from audit.models import Entry
from scopes.models import Key
from tests.invariants.routes import ROWS, Row, World, make_world
from tests.threads import start
from tests.waiting import PATIENCE, until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

# Ask, and change nothing.
READING = {"POST /authcheck", "POST /authcheck/explain"}
Change = Callable[[Any], object]


def sender(row: Row) -> str:
    """Return who of the table sends a request with success: the owner, or else alice."""
    return next((name for name in ("owner", "alice") if row.statuses[name] < 300), "")


CHANGING = [
    row
    for row in ROWS
    if row.method != "GET" and row.statuses["anonymous"] == 401 and str(row) not in READING
]


def is_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def meanwhile(user: User, change: Change, send: Callable[[], Any]) -> Any:
    """Send a request, hold it up at the row of a user, change something, and let it go on."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_user WHERE id = %s FOR UPDATE", [user.pk])
            answer = start(send)
            until(lambda: answer.done() or is_waiting())
            assert not answer.done(), "it did not stop to be judged"
            change(cursor)
        other.commit()
    finally:
        other.close()
    return answer.result(PATIENCE)


def revoke(key: Key) -> Change:
    return lambda cursor: cursor.execute("DELETE FROM scopes_key WHERE id = %s", [key.pk])


def expire(key: Key) -> Change:
    return lambda cursor: cursor.execute(
        "UPDATE scopes_key SET expires_at = now() - interval '1 hour' WHERE id = %s", [key.pk]
    )


def update(user: User, column: str, value: str) -> Change:
    sql = f"UPDATE accounts_user SET {column} = %s WHERE id = %s"
    return lambda cursor: cursor.execute(sql, [value, user.pk])


def nothing(cursor: Any) -> None:
    pass


@pytest.mark.parametrize("row", CHANGING, ids=str)
def test_a_right_lost_while_the_request_waited_changes_nothing(row: Row) -> None:
    world: World = make_world()
    who = sender(row)
    api = world.clients[who]
    assert api.get("/users/me").status_code == 200  # The use of the key is noted.
    key = Key.objects.get(pk=api.token[:10])
    user = User.objects.get(pk=key.user_id)

    def meeting(change: Change) -> int:
        status: int = meanwhile(user, change, lambda: world.send(row, who)).status_code
        key.save()
        user.save()
        return status

    assert meeting(revoke(key)) == 401
    assert meeting(expire(key)) == 401
    assert meeting(update(user, "status", "suspended")) == 401
    if who == "owner" and row.statuses["mallory"] >= 400:
        assert meeting(update(user, "site_roles", "[]")) in {400, 403, 404}
    assert not Entry.objects.filter(status_code__lt=300).exists()

    answer = meanwhile(user, nothing, lambda: world.send(row, who))

    assert answer.status_code == row.statuses[who]
    assert Entry.objects.filter(status_code__lt=300).exists()


def test_every_route_that_changes_something_is_tried() -> None:
    assert [str(row) for row in CHANGING if not sender(row)] == []
    assert {str(row) for row in ROWS} >= READING
    assert len(CHANGING) >= 30
