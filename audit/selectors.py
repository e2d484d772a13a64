"""Read the entries that match a search and that the caller may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from audit.models import Entry
from audit.search import EntrySearch, entries_matching
from coderauth.http.principals import Principal
from coderauth.http.query import Page

RESOURCE = "audit_log"
DEFAULT_LIMIT, MOST = 100, 1000


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of the audit, newest first, with those who acted; `count` is of all pages."""

    entries: Sequence[Entry]
    actors: Mapping[UUID, Any]
    count: int

    def actor(self, entry: Entry) -> Any:
        return self.actors.get(entry.actor_id) if entry.actor_id else None


def organizations_audited(caller: Principal) -> list[str]:
    """Return those among the caller's organizations whose audit they may read."""
    return [
        organization
        for organization in caller.organization_ids
        if caller.may("read", RESOURCE, organization=organization)
    ]


def may_read_some(caller: Principal) -> bool:
    """Say whether a part of the audit is open to the caller, so that its doors are, too."""
    return caller.may("read", RESOURCE) or bool(organizations_audited(caller))


def entries_readable(caller: Principal) -> QuerySet[Entry]:
    """Return everything, or the entries of the organizations that the caller may audit."""
    if caller.may("read", RESOURCE):
        return Entry.objects.all()
    return Entry.objects.filter(organization_id__in=organizations_audited(caller))


def entries_visible(*, caller: Principal, search: EntrySearch, page: Page) -> EntryPage:
    """Return a page of the entries that match and that the caller may read, newest first.

    Three queries, one more with `organization:`. Without a limit a page has 100 entries: the audit
    only grows, so nobody gets all of it at once.
    """
    found = entries_found(entries_readable(caller), search, me=caller.id)
    limit = min(page.limit or DEFAULT_LIMIT, MOST)
    entries = list(found.order_by("-at", "id")[page.offset : page.offset + limit])
    return EntryPage(entries, actors_of(entries), found.count())


def entries_found(
    entries: QuerySet[Entry], search: EntrySearch, *, me: str = ""
) -> QuerySet[Entry]:
    """Return the entries that match a search, in which `me` stands for the caller.

    One query with `organization:`, which takes an id or a name.
    """
    place = import_string(settings.ORGANIZATION_LOOKUP)
    organization = place(search.organization) if search.organization else None
    return entries_matching(
        entries,
        search,
        actors=_actors(search, me),
        organization_id=None if organization is None else organization.pk,
    )


def actors_of(entries: Sequence[Entry]) -> Mapping[UUID, Any]:
    """Return who acted, including deleted people. One query."""
    people = get_user_model()._default_manager
    return people.in_bulk({row.actor_id for row in entries if row.actor_id})


def _actors(search: EntrySearch, me: str) -> Q:
    """Select what the wanted people did, including deleted people."""
    wanted = Q()
    people = get_user_model()._default_manager.order_by()
    if search.username == "me" and me:
        wanted &= Q(actor_id=me)
    elif search.username:
        wanted &= Q(actor_id__in=people.filter(username__iexact=search.username).values("pk"))
    if search.email:
        wanted &= Q(actor_id__in=people.filter(email__iexact=search.email).values("pk"))
    return wanted
