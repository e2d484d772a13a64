"""Check the caller again at the moment of an act.

A request is judged when it arrives, and then it may wait: for a password hash, for a lock.
Meanwhile its key may end, or its user lose a role. So every act that changes something opens its
transaction here, is judged again on rows that nobody else can change, and goes on with the caller
it gets here.

Rows are locked in one order, so that acts never deadlock: organizations, what is in them and
registered objects; then people, by id; then what belongs to people, such as keys. An act that
changes somebody's rights, or ends a key, locks that user's row; every act holds the row of its
caller. SQLite needs no locks, because it has one writer at a time.
"""

from collections.abc import Iterator, Sequence
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
from scopes.callers import Caller, find_caller, prove, refusal_of

Acting = TypeVar("Acting", bound=Actor)


@contextmanager
def standing(
    caller: Acting, *, changes: Q | None = None, holds: Q | None = None
) -> Iterator[Acting]:
    """Open the transaction of an act; yield the caller as they are now that all locks are held.

    `changes` are the people whose rows, rights or keys the act changes, `holds` those who must not
    change meanwhile. Anything else must be locked before, in a transaction around this. Costs two
    statements, one on SQLite. Raises Unauthenticated when the caller's key is no longer usable. The
    operator passes.
    """
    people = [which for which in (changes, holds) if which is not None]
    if isinstance(caller, Caller):
        people.append(Q(pk=caller.id))
    with transaction.atomic():
        if changes is not None:
            people_lock(*people)
        elif people:
            _lock(people, "FOR SHARE")
        yield caller if isinstance(caller, Operator) else cast("Acting", _as_of_now(caller))


def hold(rows: QuerySet[Any]) -> list[Any]:
    """Keep rows unchanged until the transaction ends; return their ids, in order.

    Others who only hold them, or refer to them, do not wait.
    """
    ids = rows.order_by("pk").values_list("pk", flat=True)
    if connection.vendor != "postgresql":
        return list(ids)
    sql, parameters = ids.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR SHARE", parameters)
        return [row[0] for row in cursor.fetchall()]


def people_lock(*which: Q) -> None:
    """Lock people until the transaction ends, and with them their rights and keys."""
    _lock(which, "FOR NO KEY UPDATE")


def _lock(which: Sequence[Q], strength: str) -> None:
    if connection.vendor != "postgresql":
        return
    people, ids = get_user_model()._default_manager, [_id_of(one) for one in which]
    # Most acts name people by their ids: then the statement is ready, and nothing is built.
    table = people.model._meta.db_table
    sql = f"SELECT id FROM {table} WHERE id = ANY(%s::uuid[]) ORDER BY id"  # noqa: S608 (a table)
    parameters: tuple[Any, ...] = (ids,)
    if None in ids:
        rows = people.filter(reduce(or_, which)).order_by("pk").values_list("pk", flat=True)
        sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} {strength}", parameters)


def _id_of(which: Q) -> str | None:
    """Return the id of whom a condition names, if it names one person by it."""
    if which.negated or len(which.children) != 1:
        return None
    [named] = which.children
    return str(named[1]) if isinstance(named, tuple) and named[0] == "pk" else None


def _as_of_now(caller: Caller) -> Caller:
    fresh = find_caller(caller.key_id)
    if fresh is None:
        raise Unauthenticated("unknown_key")
    now = timezone.now()
    if caller.proof is not None and not prove(fresh, caller.proof, now):
        raise Unauthenticated("wrong_secret")
    refusal = refusal_of(fresh, now)
    if refusal is not None:
        raise refusal
    fresh.by_cookie = caller.by_cookie
    return fresh
