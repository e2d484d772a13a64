"""Where a secret may have been left."""

from collections.abc import Iterator
from typing import Any

from django.db import connection


def dump() -> str:
    """Return every value of every table; of bytes, what they are and what they say."""
    return "\n".join(f"{table} {value}" for table, row in _rows() for value in row)


def holding(text: str, secrets: set[str]) -> list[str]:
    """Return which of the secrets a text has."""
    return [secret for secret in secrets if secret in text]


def _rows() -> Iterator[tuple[str, list[str]]]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, [_readable(value) for value in row]


def _readable(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return f"{bytes(value).hex()} {bytes(value).decode('latin-1')}"
    return str(value)
