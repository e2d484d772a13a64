"""Read the audit, as far as the caller may (authorization.md 1.9, 1.11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from audit.models import Entry
from audit.search import EntrySearch, entries_matching
from coderauth.http.query import Page
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.organizations.selectors import organization_find

DEFAULT_LIMIT, MOST = 100, 1000


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A part of the audit, newest first, with those who acted; `count` is of the whole."""

    entries: Sequence[Entry]
    actors: Mapping[UUID, Any]
    count: int

    def actor(self, entry: Entry) -> Any:
        return self.actors.get(entry.actor_id) if entry.actor_id else None


def entry_object(entry: Entry) -> Object:
    organization = str(entry.organization_id) if entry.organization_id else ""
    return Object(type="audit_log", id=str(entry.pk), organization=organization)


def organizations_audited(caller: Caller) -> list[str]:
    """Return the organizations whose audit the caller may read, among their own."""
    return [
        organization
        for organization in caller.organization_ids
        if decide(caller.subject, "read", Object(type="audit_log", organization=organization))
    ]


def entries_readable(caller: Caller) -> QuerySet[Entry]:
    """Return everything, or what happened in those organizations that the caller may audit."""
    if decide(caller.subject, "read", Object(type="audit_log")):
        return Entry.objects.all()
    return Entry.objects.filter(organization_id__in=organizations_audited(caller))


def entries_visible(*, caller: Caller, search: EntrySearch, page: Page) -> EntryPage:
    """Return a page of the entries that match and that the caller may read, newest first.

    Three queries, one more with `organization:`. Without a limit a page has 100 entries; the
    audit only grows, so nobody gets all of it at once.
    """
    organization = organization_find(search.organization) if search.organization else None
    found = entries_matching(
        entries_readable(caller),
        search,
        actors=_actors(caller, search),
        organization_id=None if organization is None else organization.pk,
    )
    limit = min(page.limit or DEFAULT_LIMIT, MOST)
    entries = list(found.order_by("-at", "id")[page.offset : page.offset + limit])
    users = get_user_model()._default_manager
    actors = users.in_bulk({row.actor_id for row in entries if row.actor_id})
    return EntryPage(entries, actors, found.count())


def _actors(caller: Caller, search: EntrySearch) -> Q:
    """Select what was done by the people searched for, also by those who are deleted."""
    wanted = Q()
    users = get_user_model()._default_manager.order_by()
    if search.username == "me":
        wanted &= Q(actor_id=caller.id)
    elif search.username:
        wanted &= Q(actor_id__in=users.filter(username__iexact=search.username).values("pk"))
    if search.email:
        wanted &= Q(actor_id__in=users.filter(email__iexact=search.email).values("pk"))
    return wanted
