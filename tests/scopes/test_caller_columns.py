"""What finding a caller needs of the user model is declared, and said at the start if it lacks."""

from dataclasses import fields

import pytest
from django.core.checks import run_checks
from django.core.checks.registry import registry

from scopes import caller_columns
from scopes.caller_columns import COLUMNS, StoredCaller, user_model_has_columns
from scopes.caller_statement import caller_statement
from scopes.models import Organization


def missing() -> list[str]:
    return [message.msg for message in user_model_has_columns(None)]


def test_the_check_is_registered_and_the_user_model_lacks_nothing() -> None:
    assert user_model_has_columns in registry.registered_checks
    assert [message for message in run_checks() if message.id == "scopes.E001"] == []


def test_each_field_that_a_user_model_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller_columns, "get_user_model", lambda: Organization)

    told = " ".join(missing())

    for name in ("username", "site_roles", "last_seen_at", "is_deleted", "links"):
        assert f"`{name}`" in told
    assert "`created_at`" not in told  # An organization has that one.


def test_a_time_must_be_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller_columns, "COLUMNS", (COLUMNS[0], caller_columns.Column(
        caller_columns.ColumnForm.TIME, "username", is_of_user=True,
    )))  # fmt: skip

    assert missing() == [
        "The statement that finds a caller needs a DateTimeField `username` of accounts.User."
    ]


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
def test_the_statement_has_a_column_for_each_field_in_their_order(vendor: str) -> None:
    statement = caller_statement(vendor)
    named = [column for column in COLUMNS if column.field]
    places = [
        statement.index(f"{'u' if column.is_of_user else 'k'}.{column.field}") for column in named
    ]

    assert places == sorted(places)
    assert len(COLUMNS) == len(fields(StoredCaller))
