"""Read a Coder database, as it is at one moment and without writing to it.

Tables are found by their columns, which are those of accounts.md 1.22 and authorization.md 3.1.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.core.management.base import CommandError
from psycopg import sql
from psycopg.rows import dict_row

BATCH: Final = 500
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WantedTable:
    """What is read of a table: columns that must be there, and those that older versions lack."""

    name: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()


PEOPLE: Final = WantedTable(
    "people",
    (
        "id", "email", "username", "hashed_password", "created_at", "updated_at", "status",
        "rbac_roles", "login_type", "avatar_url", "deleted", "last_seen_at",
    ),
    ("name", "github_com_user_id", "is_system", "is_service_account"),
)  # fmt: skip
KEYS: Final = WantedTable(
    "keys",
    (
        "id", "hashed_secret", "user_id", "last_used", "expires_at", "created_at", "updated_at",
        "login_type", "lifetime_seconds", "ip_address", "token_name",
    ),
    ("scopes", "allow_list"),
)  # fmt: skip
# A server that asks for these casts gives the same Python type, whatever type its column has.
_CASTS: Final = {
    "status": "text", "login_type": "text", "rbac_roles": "text[]", "scopes": "text[]",
    "allow_list": "text[]", "id": "text", "user_id": "text",
}  # fmt: skip
_COLUMNS = """
SELECT c.table_schema, c.table_name, array_agg(c.column_name::text)
FROM information_schema.columns c
JOIN information_schema.tables t USING (table_schema, table_name)
WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class SourceTable:
    """The table of a kind, and which of the kind's columns it has."""

    kind: WantedTable
    schema: str
    table: str
    columns: tuple[str, ...]


@dataclass(slots=True)
class Source:
    """A connection to the database that is moved from, in one read-only transaction."""

    connection: "psycopg.Connection[Any]"

    def table_of(self, kind: WantedTable) -> SourceTable:
        """Return the table; raises CommandError that names the columns that are missing."""
        nearest: tuple[str, ...] = kind.columns
        found = []
        for schema, table, columns in self.connection.execute(_COLUMNS).fetchall():
            missing = tuple(name for name in kind.columns if name not in columns)
            if not missing:
                more = tuple(name for name in kind.optional if name in columns)
                found.append(SourceTable(kind, schema, table, (*kind.columns, *more)))
            elif len(missing) < len(nearest):
                nearest = missing
        if not found:
            raise CommandError(
                f"The source has no table of {kind.name}: none has the columns "
                f"{', '.join(kind.columns)}; the nearest lacks {', '.join(nearest)}. "
                "Nothing was changed."
            )
        if len(found) > 1:
            names = ", ".join(one.table for one in found)
            raise CommandError(
                f"Several tables of the source could be that of {kind.name}: {names}. "
                "Nothing was changed."
            )
        return found[0]

    def count(self, found: SourceTable) -> int:
        query = sql.SQL("SELECT count(*) FROM {}").format(_name(found))
        total: int = self.connection.execute(query).fetchone()[0]  # type: ignore[index]
        return total

    def batches(self, found: SourceTable) -> Iterator[list[Row]]:
        """Yield the rows by their ids; memory holds one batch."""
        query = sql.SQL("{} ORDER BY id").format(self._select(found))
        with self.connection.cursor(f"read_{found.kind.name}", row_factory=dict_row) as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(BATCH):
                yield rows

    def rows_of(self, found: SourceTable, people: Sequence[Row]) -> list[Row]:
        """Return the rows that belong to these people."""
        query = sql.SQL("{} WHERE user_id = ANY(%s::uuid[]) ORDER BY id").format(
            self._select(found)
        )
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, [[row["id"] for row in people]]).fetchall()

    def _select(self, found: SourceTable) -> sql.Composed:
        columns = [
            sql.SQL("{0}::{1} AS {0}").format(sql.Identifier(name), sql.SQL(_CASTS[name]))
            if name in _CASTS
            else sql.SQL("host({0}) AS {0}").format(sql.Identifier(name))
            if name == "ip_address"
            else sql.Identifier(name)
            for name in found.columns
        ]
        return sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(columns), _name(found))


def _name(found: SourceTable) -> sql.Identifier:
    return sql.Identifier(found.schema, found.table)


@contextmanager
def source_opened(url: str) -> Iterator[Source]:
    """Open a database for reading; raises CommandError, without the password in it."""
    try:
        opened = psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as error:
        reason = type(error).__name__ if "://" in str(error) else str(error).splitlines()[0]
        raise CommandError(f"The source cannot be opened: {reason}") from error
    try:
        with opened:
            opened.read_only = True
            opened.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            # Elsewhere, the first moment of the year 1 would be one that Python does not know.
            opened.execute("SET TIME ZONE 'UTC'")
            yield Source(opened)
            opened.rollback()
    except psycopg.Error as error:  # Django's errors, about our own database, are not of this kind.
        raise CommandError(
            f"The source cannot be read: {str(error).splitlines()[0]}. "
            "Whoever had moved in before stays; run it again."
        ) from error
