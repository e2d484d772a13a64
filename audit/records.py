"""Write the record of what happened; nothing here changes or deletes an entry."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from audit.models import Entry
from coderauth.errors import DomainError
from coderauth.http.client import client_address, user_agent
from coderauth.http.current import current_request
from coderauth.http.middleware import is_api, request_id
from coderauth.metrics import count_entry

KEY_ID = "coderauth.key_id"  # Where authentication leaves the id of the caller's key.

Diff = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act came from; empty for commands."""

    ip_address: str = ""
    user_agent: str = ""
    request_id: str = ""
    key_id: str = ""
    page: str = ""  # The path of a page; empty for the API.

    @classmethod
    def current(cls) -> "Origin":
        """Return the origin of the request that this thread is answering."""
        given = _given.get()
        if given is not None:
            return given
        request = current_request.get()
        if request is None:
            return cls()
        return cls(
            ip_address=client_address(request),
            user_agent=user_agent(request)[:512].replace("\x00", ""),
            request_id=request_id(request),
            key_id=request.META.get(KEY_ID, ""),
            page="" if is_api(request) else request.path_info[:200],
        )


# Where what this thread does was asked for, when no request is being answered.
_given: ContextVar[Origin | None] = ContextVar("origin", default=None)


@contextmanager
def on_behalf(origin: Origin) -> Iterator[None]:
    """Record what a task does as done from where it was asked for."""
    token = _given.set(origin)
    try:
        yield
    finally:
        _given.reset(token)


def difference(
    old: Mapping[str, Any], new: Mapping[str, Any], *, hidden: frozenset[str] = frozenset()
) -> Diff:
    """Return the changed fields with both values; of hidden ones only that they changed."""
    changed: Diff = {}
    for name in {**old, **new}:
        before, after = old.get(name), new.get(name)
        if before != after:
            is_hidden = name in hidden
            changed[name] = {
                "old": "" if is_hidden else before,
                "new": "" if is_hidden else after,
                "secret": is_hidden,
            }
    return changed


@dataclass(slots=True)
class Attempt:
    """An act in progress. Call `succeed` inside the transaction of the act."""

    action: str
    resource_type: str
    resource_id: object = ""
    resource_target: str = ""
    actor_id: UUID | str | None = None
    organization_id: UUID | str | None = None
    # Record even a refusal about an unknown user, so that it costs as much as about a known one.
    by_anybody: bool = False
    additional_fields: dict[str, Any] = field(default_factory=dict)

    def succeed(self, *, status_code: int = 200, diff: Diff | None = None) -> None:
        record_all([self.entry(status_code, diff)])

    def fail(self, error: DomainError) -> None:
        record_all([self.entry(error.status, None)])

    def entry(
        self,
        status_code: int,
        diff: Diff | None,
        origin: Origin | None = None,
        at: datetime | None = None,
    ) -> Entry:
        """Return the outcome, not stored yet, for `record_all`; `at` is for `record_untold`."""
        origin = origin or Origin.current()
        return Entry(
            at=at or timezone.now(),
            actor_id=self.actor_id,
            key_id=origin.key_id,
            organization_id=self.organization_id,
            ip_address=origin.ip_address or None,
            user_agent=origin.user_agent,
            request_id=origin.request_id,
            action=self.action,
            resource_type=self.resource_type,
            resource_id=str(self.resource_id),
            resource_target=self.resource_target[:255],
            status_code=status_code,
            diff=diff or {},
            additional_fields=self.additional_fields
            | ({"page": origin.page} if origin.page else {}),
        )


def record(
    *,
    action: str,
    resource_type: str,
    resource_id: object = "",
    resource_target: str = "",
    actor_id: UUID | str | None = None,
    organization_id: UUID | str | None = None,
    status_code: int = 200,
    diff: Diff | None = None,
    additional_fields: Mapping[str, Any] | None = None,
    origin: Origin | None = None,
) -> Entry:
    """Add one entry; its origin is by default the request being answered."""
    act = Attempt(
        action,
        resource_type,
        resource_id,
        resource_target,
        actor_id,
        organization_id,
        additional_fields=dict(additional_fields or {}),
    )
    row = act.entry(status_code, diff, origin)
    record_all([row])
    return row


def record_all(entries: Sequence[Entry]) -> None:
    """Add any number of entries with one query, and tell those who listen."""
    Entry.objects.bulk_create(entries)
    for entry in entries:
        count_entry(entry.action, entry.resource_type, entry.status_code)
    for listener in _listeners():
        listener(entries)


def record_untold(entries: Sequence[Entry]) -> None:
    """Add entries of acts that nobody is told about, because they moved in or were made up.

    They may say when they happened: unsealed entries are chained by their times. Nothing that
    happens here is recorded by it.
    """
    Entry.objects.bulk_create(entries, batch_size=500)


@cache
def _listeners() -> tuple[Callable[[Sequence[Entry]], None], ...]:
    """Return what is called with new entries, in the transaction that records them."""
    return tuple(map(import_string, settings.AUDIT_LISTENERS))


@contextmanager
def attempt(action: str, resource_type: str, **about: Any) -> Iterator[Attempt]:
    """Record a refusal of the act in this block; about unknown users, only if `by_anybody`.

    The block must not be inside a transaction that the refusal rolls back.
    """
    act = Attempt(action, resource_type, **about)
    try:
        yield act
    except DomainError as error:
        if act.actor_id is not None or act.by_anybody:
            act.fail(error)
        raise
