"""Every route for every kind of caller: who gets which status, as one table."""

import pytest
from django.db import transaction
from django.urls import resolve

from coderauth.http.viewsets import Public
from tests.invariants.routes import PRINCIPALS, ROWS, Row, World, declared_routes, world

__all__ = ["world"]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_everybody_gets_what_the_table_says(world: World, row: Row) -> None:
    got: dict[str, int] = {}
    for principal in PRINCIPALS:
        undo = transaction.savepoint()
        got[principal] = world.send(row, principal).status_code
        transaction.savepoint_rollback(undo)

    assert got == row.statuses


def route_of(row: Row) -> str:
    return str(resolve(row.any_path).route)


# A new route without a row must fail here, whoever adds it.
def test_every_route_has_a_row() -> None:
    covered = {(row.method, route_of(row)) for row in ROWS}
    routes = declared_routes()

    assert set(routes) - covered == set()
    assert covered - set(routes) == set()


# Anonymous callers reach what is declared public, and nothing else.
def test_public_routes_are_those_that_answer_strangers() -> None:
    public = {route for route, access in declared_routes().items() if isinstance(access, Public)}
    answering = {(row.method, route_of(row)) for row in ROWS if row.statuses["anonymous"] != 401}

    assert public == answering


# A suspended user's key is no better than none.
def test_suspended_people_reach_what_strangers_reach() -> None:
    for row in ROWS:
        assert row.statuses["suspended"] == row.statuses["anonymous"]
