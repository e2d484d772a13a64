"""Turn what a caller may read into a filter of the database."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from scopes.callers import Caller
from scopes.decision import Object, decide
from scopes.policy import ANY

Row = TypeVar("Row", bound=Model)


def rows_readable(
    caller: Caller,
    rows: QuerySet[Row],
    *,
    resource: str,
    near: Q,
    describe: Callable[[Any], Object],
    known_by: str = "pk",
) -> QuerySet[Row]:
    """Return the rows that the caller may read.

    `near` selects those that the caller owns or shares an organization with, and `known_by` is the
    field by which allow lists name a row. Somebody who may not read any stranger's row can read
    only among these, and only these are judged one by one: one query more.
    """
    if decide(caller.subject, "read", Object(type=resource)):
        return rows
    named = [
        identifier
        for kind, identifier in caller.subject.allow_list or ()
        if kind in {resource, ANY} and identifier != ANY
    ]
    candidates = rows.filter(near | Q((f"{known_by}__in", named))) if named else rows.filter(near)
    readable = [row.pk for row in candidates if decide(caller.subject, "read", describe(row))]
    return rows.filter(pk__in=readable)
