"""Every page and form for every kind of visitor: who gets which status, as one table."""

import pytest
from django.db import transaction
from django.urls import resolve

from tests.invariants.pages import PAGE_ROWS, PRINCIPALS, PageRow, Site, page_routes


@pytest.fixture
def site(db: None) -> Site:
    return Site()


@pytest.mark.parametrize("row", PAGE_ROWS, ids=str)
def test_everybody_gets_what_the_table_says(site: Site, row: PageRow) -> None:
    got: dict[str, int] = {}
    for principal in PRINCIPALS:
        undo = transaction.savepoint()
        got[principal] = site.send(row, principal).status_code
        transaction.savepoint_rollback(undo)

    assert got == row.statuses


# A new page without a row must fail here, whoever adds it.
def test_every_page_has_a_row() -> None:
    covered = {str(resolve(row.any_path).route) for row in PAGE_ROWS}

    assert {*page_routes()} - covered == set()


def test_strangers_and_the_suspended_get_the_same() -> None:
    for row in PAGE_ROWS:
        assert row.statuses["suspended"] == row.statuses["anonymous"]


def test_addresses_of_djangos_admin_are_gone(site: Site) -> None:
    for path in ("/admin/login/", "/admin/logout/", "/admin/accounts/user/", "/admin/jsi18n/"):
        row = PageRow("GET", path, "404")
        assert site.send(row, "owner").status_code == 404
        assert site.send(row, "anonymous").status_code == 404
