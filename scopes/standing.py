"""Who acts, as they are at the moment of the act.

A request is judged when it comes, and then it may wait: for a password to be hashed, for a lock.
Meanwhile its key may end, or its user lose a role. So every act that changes something opens its
transaction here, is judged once more on rows that nobody changes under it, and goes on as the
caller that it is given.

Rows are locked in one order, so that no two acts wait for each other: organizations, what is in
them and registered objects; then people, by their ids; then what belongs to somebody, as keys do.
Who changes what somebody may do, or ends a key, locks that user's row; who acts holds their own.
SQLite needs no locks: it has one writer at a time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import Any, TypeVar, cast

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from coderauth.errors import Unauthenticated
from scopes.actors import Actor, Operator
from scopes.callers import Caller, find_caller, refusal_of

Acting = TypeVar("Acting", bound=Actor)


@contextmanager
def standing(
    caller: Acting, *, changes: Q | None = None, holds: Q | None = None
) -> Iterator[Acting]:
    """Open the transaction of an act; give the caller as they are, now that all locks are held.

    `changes` are the people whose rows, rights or keys the act changes, `holds` those who must not
    change meanwhile. What else the act locks must be locked before, in a transaction around it.
    Costs two statements, one on SQLite. Raises Unauthenticated when the caller's key may not be
    used any more. The operator passes.
    """
    people = [which for which in (changes, holds) if which is not None]
    if isinstance(caller, Caller):
        people.append(Q(pk=caller.id))
    with transaction.atomic():
        if changes is not None:
            people_lock(reduce(or_, people))
        elif people and connection.vendor == "postgresql":
            hold(get_user_model()._default_manager.filter(reduce(or_, people)))
        yield caller if isinstance(caller, Operator) else cast("Acting", _as_of_now(caller))


def hold(rows: QuerySet[Any]) -> list[Any]:
    """Keep rows as they are until the transaction ends; return their ids, in order.

    Who only holds them too does not wait, nor does who refers to them.
    """
    ids = rows.order_by("pk").values_list("pk", flat=True)
    if connection.vendor != "postgresql":
        return list(ids)
    sql, parameters = ids.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR SHARE", parameters)
        return [row[0] for row in cursor.fetchall()]


def people_lock(which: Q) -> None:
    """Keep all others from people until the transaction ends, from their rights and keys, too."""
    if connection.vendor == "postgresql":
        rows = get_user_model()._default_manager.filter(which).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk"))


def _as_of_now(caller: Caller) -> Caller:
    fresh = find_caller(caller.key_id)
    if fresh is None:
        raise Unauthenticated("unknown_key")
    refusal = refusal_of(fresh, timezone.now())
    if refusal is not None:
        raise refusal
    return fresh
