"""What a key was used for: written down in batches, and read beside what it holds."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import F, Func, JSONField, Value

from scopes.engine.catalog import FULL, expand, is_public, scopes_cover
from scopes.engine.policy import ANY
from scopes.models import Key
from scopes.uses import HOUR, USES

logger = logging.getLogger(__name__)


class Merged(Func):
    """A JSON object with the members of another one in place of its own."""

    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_PATCH", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(%(expressions)s)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" || ", **context)


@dataclass(frozen=True, slots=True)
class Use:
    """A scope, and the last hour in which something that it permits was done."""

    scope: str
    last_used: datetime


@dataclass(frozen=True, slots=True)
class KeyUsage:
    """What a key holds, what of it was used, and what never. `trim` are the scopes that suffice."""

    held: tuple[str, ...]
    used: tuple[Use, ...]
    unused: tuple[str, ...]
    trim: tuple[str, ...]


def uses_flush() -> int:
    """Write down what this process noted; return for how many keys. One statement a key.

    Never raises what the database raises: what could not be written is kept for the next time.
    """
    taken = USES.take()
    by_key: dict[str, dict[str, int]] = defaultdict(dict)
    for (key_id, permission), hour in taken.items():
        by_key[key_id][permission] = hour
    try:
        with transaction.atomic():
            for key_id in sorted(by_key):
                noted = Value(by_key[key_id], output_field=JSONField())
                Key.objects.filter(pk=key_id).update(uses=Merged(F("uses"), noted))
    except DatabaseError:
        USES.give_back(taken)
        logger.warning("What keys were used for was not written down", exc_info=True)
    return len(by_key)


def usage_of(key: Key) -> KeyUsage:
    """Return what a key was used for, as far as it is written down. No query."""
    hours: Mapping[str, int] = key.uses
    done = {name: hour for name, hour in hours.items() if _is_permission(name)}
    if FULL in key.scopes:
        used = tuple(Use(name, _time(hour)) for name, hour in sorted(done.items()))
        return KeyUsage(tuple(key.scopes), used, (), _trim((FULL,), done))
    last = {scope: _last(scope, done) for scope in key.scopes}
    used = tuple(Use(scope, _time(hour)) for scope, hour in last.items() if hour is not None)
    unused = tuple(scope for scope, hour in last.items() if hour is None)
    return KeyUsage(tuple(key.scopes), used, unused, _trim(key.scopes, done))


def _trim(scopes: Sequence[str], done: Mapping[str, int]) -> tuple[str, ...]:
    """Return the narrowest scopes that can be granted and cover what was done."""
    wanted: dict[str, None] = {}
    for permission in sorted(done):
        around = [scope for scope in scopes if not scopes_cover([scope], [permission])]
        if is_public(permission):
            wanted[permission] = None
        elif around:
            wanted[around[0]] = None
    if FULL in wanted:
        return (FULL,)
    return tuple(wanted)


def _last(scope: str, done: Mapping[str, int]) -> int | None:
    hours = [hour for name, hour in done.items() if not scopes_cover([scope], [name])]
    return max(hours, default=None)


def _is_permission(name: str) -> bool:
    try:
        return ANY not in expand(name).name
    except ValueError:
        return False


def _time(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * HOUR, UTC)
