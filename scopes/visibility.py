"""Turn what a caller may read into a database filter."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.engine.policy import ANY

Row = TypeVar("Row", bound=Model)


def rows_readable(
    caller: Caller,
    rows: QuerySet[Row],
    *,
    resource: str,
    near: Q,
    describe: Callable[[Any], Object],
    organization: str = "",
    known_by: str = "pk",
) -> QuerySet[Row]:
    """Return the rows that the caller may read.

    `near` selects rows that the caller owns or shares an organization with; `organization` is the
    field with a row's organization, and `known_by` the field by which allow lists name a row. A
    caller who may read every row, everywhere or in an organization, gets those without a look at
    them. Other near rows are judged one by one, which costs one query more.
    """
    subject = caller.subject
    if decide(subject, "read", Object(type=resource)):
        return rows
    whole = Q(pk__in=[])
    if organization:
        theirs = [
            identifier
            for identifier in subject.organizations
            if decide(subject, "read", Object(type=resource, organization=identifier))
        ]
        whole = Q((f"{organization}__in", theirs))
    named = [
        identifier
        for kind, identifier in subject.allow_list or ()
        if kind in {resource, ANY} and identifier != ANY
    ]
    candidates = rows.filter(near | Q((f"{known_by}__in", named))) if named else rows.filter(near)
    readable = [
        row.pk for row in candidates.exclude(whole) if decide(subject, "read", describe(row))
    ]
    return rows.filter(whole | Q(pk__in=readable))
