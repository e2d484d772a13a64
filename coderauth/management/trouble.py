"""Explain in one sentence why a command cannot begin, and what to correct."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import (
    DatabaseError,
    InterfaceError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from django.db.migrations.exceptions import InconsistentMigrationHistory, MigrationSchemaMissing

from coderauth.database import sqlite_file

# Codes of PostgreSQL: no such table, no such column; not permitted; no such schema.
MISSING = frozenset({"42P01", "42703"})
OPERATOR_STATES = MISSING | {"42501", "3F000"}
SQLITE_MISSING = ("no such table", "no such column", "has no column")
ALWAYS_THE_DATABASE = (
    OperationalError,
    InterfaceError,
    NotSupportedError,
    MigrationSchemaMissing,
    InconsistentMigrationHistory,
)


def trouble(error: BaseException) -> str | None:
    """Return the sentence, or None for an error that only a developer can fix."""
    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if _is_of_the_database(error):
        return _database_trouble(error)
    return None


def _is_of_the_database(error: BaseException) -> bool:
    if isinstance(error, ALWAYS_THE_DATABASE):
        return True
    if isinstance(error, ProgrammingError):
        state = _state(error)
        return state is None or state in OPERATOR_STATES
    return type(error) is DatabaseError  # A file that is not SQLite's, or is damaged.


def _database_trouble(error: BaseException) -> str:
    database: dict[str, Any] = settings.DATABASES["default"]
    variable = f"CODERAUTH_{settings.DATABASE_VARIABLE}"
    file = sqlite_file(database)
    if file and not file.exists():
        return (
            f"There is no database {file}. Set {variable} to where it is, "
            "or make it with `manage.py migrate`."
        )
    where = str(file) if file else f"{database['HOST'] or 'local'}/{database['NAME']}"
    root = _root(error)
    said = (str(root).strip() or type(root).__name__).splitlines()[0].rstrip(".")
    if _state(error) in MISSING or said.startswith(SQLITE_MISSING):
        return (
            f"The database {where} lacks what this version keeps in it ({said}). Run "
            f"`manage.py migrate`, or set {variable} to the database that you mean."
        )
    return f"The database {where} cannot be used: {said}. Check {variable}."


def _root(error: BaseException) -> BaseException:
    """Return the error that the driver raised, or the error itself."""
    inner = error.__context__ if isinstance(error, MigrationSchemaMissing) else error.__cause__
    return error if inner is None else _root(inner)


def _state(error: BaseException) -> str | None:
    state: str | None = getattr(_root(error), "sqlstate", None)
    return state
