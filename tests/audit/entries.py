"""Entries for tests, and what somebody with the database's password can do to them."""

from typing import Any

from django.db import connection

from audit.chain import seal
from audit.models import Entry
from audit.records import record


def make_entries(count: int, **fields: Any) -> list[Entry]:
    values: dict[str, Any] = {"action": "write", "resource_type": "user", **fields}
    return [record(**{"resource_target": f"person{n}", **values}) for n in range(count)]


def make_sealed(count: int, **fields: Any) -> list[Entry]:
    """Return entries in the order of the chain."""
    make_entries(count, **fields)
    seal()
    return list(Entry.objects.sealed().order_by("sequence"))


def tamper(statement: str, *values: Any) -> None:
    """Change rows as an intruder would: past the model, past the triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
            cursor.execute("ALTER TABLE audit_chain DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER IF EXISTS audit_entry_content")
            cursor.execute("DROP TRIGGER IF EXISTS audit_entry_seal")
        cursor.execute(statement, values)
