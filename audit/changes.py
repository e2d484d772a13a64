"""Change a row: read, change, stamp, save and record the difference."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, TypeVar

from django.db.models import Model
from django.utils import timezone

from audit.records import Attempt, difference

Row = TypeVar("Row", bound=Model)


@contextmanager
def changing(
    row: Row,
    tracked: Callable[[Row], Mapping[str, Any]],
    act: Attempt,
    *,
    status_code: int = 200,
    hidden: frozenset[str] = frozenset(),
    stamps: bool = True,
) -> Iterator[None]:
    """Save what the block changes in a locked row, and record the difference as the act's success.

    `tracked` is what the audit keeps about such a row; of `hidden` fields it only says that they
    differ. By default the row's time of change is set. Must run in the transaction that locked the
    row.
    """
    before, stored = tracked(row), _values(row)
    yield
    if stamps:
        row.updated_at = timezone.now()  # type: ignore[attr-defined]  # Every such model has it.
    now = _values(row)
    row.save(update_fields=[name for name, value in now.items() if stored[name] != value])
    act.succeed(status_code=status_code, diff=difference(before, tracked(row), hidden=hidden))


def _values(row: Model) -> dict[str, Any]:
    """Return copies of the stored values, because lists can be changed in place."""
    return {
        field.attname: deepcopy(getattr(row, field.attname)) for field in row._meta.concrete_fields
    }
