"""Tables as an earlier version left them, with rows in them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

State = Sequence[tuple[str, str]]
GetModel = Callable[[str, str], Any]
# Whoever is referred to goes last.
FILLED = ("scopes_key", "accounts_userlink", "accounts_user")


def migrate(state: State) -> GetModel:
    """Bring the database to a state; return what gets the models of that state."""
    executor = MigrationExecutor(connection)
    executor.migrate([*state])
    get: GetModel = MigrationExecutor(connection).loader.project_state([*state]).apps.get_model
    return get


@contextmanager
def tables_of(state: State) -> Iterator[GetModel]:
    """Go back to a state; the database ends as it was, without rows. For transactional tests."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    get = migrate(state)
    try:
        yield get
    finally:
        with connection.cursor() as cursor:
            for table in FILLED:
                cursor.execute(f"DELETE FROM {table}")
        migrate(latest)
        let_tests_truncate()


def let_tests_truncate() -> None:
    """Let Django empty the audit after a transactional test, which the database else refuses."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in ("audit_entry", "audit_chain"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_truncate")
