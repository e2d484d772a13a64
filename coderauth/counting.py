"""Count several sets of rows with one statement, and no further than people read."""

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# So a page costs the same however many rows there are, where an index leads to them.
MOST: Final = 10_000


def count_each(rows: Mapping[str, QuerySet[Any]], *, most: int | None = MOST + 1) -> dict[str, int]:
    """Count each set of rows, at most so many of each; one statement."""
    found = dict.fromkeys(rows, 0)
    columns: list[str] = []
    parameters: list[Any] = []
    for name, some in rows.items():
        try:
            sql, values = some.order_by().values("pk")[:most].query.sql_with_params()
        except EmptyResultSet:  # Nothing can fit, so there is no statement.
            continue
        # Django's own statements.
        columns.append(f'(SELECT COUNT(*) FROM ({sql}) rows_of) AS "{name}"')  # noqa: S608
        parameters.extend(values)
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(columns)}", parameters)
            names = [column[0] for column in cursor.description]
            found |= dict(zip(names, cursor.fetchone(), strict=True))
    return found


def count_values(rows: QuerySet[Any], column: str) -> tuple[list[tuple[Any, int]], bool]:
    """Count rows by what the database has in a column of them; say whether that is all of them.

    No more than one beyond `MOST` are counted.
    """
    try:
        sql, values = rows.order_by().values(column)[: MOST + 1].query.sql_with_params()
    except EmptyResultSet:  # Nothing can fit, so there is no statement.
        return [], True
    with connection.cursor() as cursor:
        # Django's own statement, and a column of ours.
        cursor.execute(
            f'SELECT "{column}", COUNT(*) FROM ({sql}) rows_of GROUP BY 1',  # noqa: S608
            values,
        )
        found = list(cursor.fetchall())
    return found, sum(count for _, count in found) <= MOST


def in_words(count: int) -> str:
    """Return a count as people read it; one beyond MOST stands for all above."""
    return f"{MOST:,}+" if count > MOST else f"{count:,}"
