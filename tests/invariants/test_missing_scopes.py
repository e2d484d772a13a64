"""Whoever is refused with a narrowed key is told which scopes it lacks, on every route."""

import pytest
from django.db import transaction
from django.urls import resolve

from coderauth.http.viewsets import REFUSED, Asks
from tests.invariants.routes import ROWS, Row, World, declared_routes, world

__all__ = ["world"]

CHALLENGE = "WWW-Authenticate"


def permission_of(row: Row) -> str:
    access = declared_routes()[row.method, str(resolve(row.any_path).route)]
    return access.permission if isinstance(access, Asks) else ""


ASKING = [row for row in ROWS if permission_of(row)]


@pytest.mark.parametrize("row", ASKING, ids=str)
def test_a_narrowed_key_is_told_what_it_lacks_and_another_is_not(world: World, row: Row) -> None:
    undo = transaction.savepoint()
    narrowed = world.send(row, "alice's workspace:read")
    transaction.savepoint_rollback(undo)
    full = world.send(row, "mallory")

    if narrowed.status_code in REFUSED:
        challenge = narrowed.headers[CHALLENGE]
        assert 'error="insufficient_scope"' in challenge
        assert challenge.endswith(f'scope="{permission_of(row)}"')
    assert CHALLENGE not in full.headers or full.status_code == 401


def test_most_routes_refuse_such_a_key(world: World) -> None:
    refusing = 0
    for row in ASKING:
        undo = transaction.savepoint()
        refusing += world.send(row, "alice's workspace:read").status_code in REFUSED
        transaction.savepoint_rollback(undo)

    assert refusing > 25
