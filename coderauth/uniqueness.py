"""What a database says when a row would be the double of another."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from coderauth.errors import DomainError

UNIQUE_VIOLATION = "23505"  # SQLSTATE
_OF_SQLITE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}


@contextmanager
def taken_means(refusal: DomainError) -> Iterator[None]:
    """Raise `refusal` when somebody else was faster to take a name or an address.

    A broken rule of another kind, such as a missing row, is passed on as the IntegrityError that
    it is: nothing is taken then, and asking for another name would not help.
    """
    try:
        yield
    except IntegrityError as error:
        if is_double(error):
            raise refusal from error
        raise


def is_double(error: IntegrityError) -> bool:
    """Say whether a row was refused because another one has what must be unique."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode in _OF_SQLITE
    return getattr(cause, "sqlstate", None) == UNIQUE_VIOLATION
