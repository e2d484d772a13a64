"""Database connections that live as long as their threads do."""

from django.db import DEFAULT_DB_ALIAS, connections


def drop_broken() -> None:
    """Close this thread's connection if the database dropped it; the next statement opens another.

    One round trip, so it is for requests that nobody authenticates: the statement that finds a
    key is sent again instead (`scopes.callers.find_caller`).
    """
    current = connections[DEFAULT_DB_ALIAS]
    if current.vendor != "postgresql" or current.connection is None or current.in_atomic_block:
        return
    if not current.is_usable():
        current.close()
