"""Read the entries that match a search and that the caller may see."""

from collections.abc import Collection, Mapping, Sequence
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
from coderauth.http.uuids import parse_uuid

RESOURCE = "audit_log"
DEFAULT_LIMIT, MOST = 100, 1000


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of the audit, newest first, with what it refers to; `count` is of all pages."""

    entries: Sequence[Entry]
    people: Mapping[UUID, Any]
    organizations: Mapping[UUID, Any]
    count: int

    def actor(self, entry: Entry) -> Any:
        return self.people.get(entry.actor_id) if entry.actor_id else None

    def organization(self, entry: Entry) -> Any:
        return self.organizations.get(entry.organization_id) if entry.organization_id else None

    def is_deleted(self, entry: Entry) -> bool:
        """Say whether the target of the act is gone, as far as the audit can tell."""
        identifier = parse_uuid(entry.resource_id)
        if entry.resource_type == "user" and identifier is not None:
            person = self.people.get(identifier)
            return person is None or person.is_deleted
        if entry.resource_type == "organization" and identifier is not None:
            return identifier not in self.organizations
        return entry.action == "delete" and entry.status_code < 400


def organizations_audited(caller: Principal) -> list[str]:
    """Return those among the caller's organizations whose audit they may read."""
    return [
        organization
        for organization in caller.organization_ids
        if caller.may("read", RESOURCE, organization=organization)
    ]


def may_read_some(caller: Principal) -> bool:
    """Say whether the caller may read any part of the audit, and so enter its doors."""
    return caller.may("read", RESOURCE) or bool(organizations_audited(caller))


def entries_readable(caller: Principal) -> QuerySet[Entry]:
    """Return everything, or the entries of the organizations that the caller may audit."""
    if caller.may("read", RESOURCE):
        return Entry.objects.all()
    return Entry.objects.filter(organization_id__in=organizations_audited(caller))


def entries_visible(*, caller: Principal, search: EntrySearch, page: Page) -> EntryPage:
    """Return a page of the entries that match and that the caller may read, newest first.

    Four queries, one more with `organization:`. Without a limit a page has 100 entries; the
    audit only grows, so nobody gets all of it at once.
    """
    found = entries_found(entries_readable(caller), search, me=caller.id)
    limit = min(page.limit or DEFAULT_LIMIT, MOST)
    entries = list(found.order_by("-at", "id")[page.offset : page.offset + limit])
    return EntryPage(
        entries,
        people=_people(_named(entries, "actor_id", "user")),
        organizations=import_string(settings.ORGANIZATIONS_LOOKUP)(
            _named(entries, "organization_id", "organization")
        ),
        count=found.count(),
    )


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


def entries_of_key(key_id: str, *, owner: UUID, name: str) -> QuerySet[Entry]:
    """Return what was done with a key and to it, newest first, for whoever may read that key.

    It is what its owner did, or let a script do; refused attempts are among it. A key without a
    name is a session, of which only what was done with it is known.
    """
    about = Q(resource_type="api_key", resource_id=str(owner), resource_target=name)
    wanted = Q(key_id=key_id) | about if name else Q(key_id=key_id)
    return Entry.objects.filter(wanted).order_by("-at", "id")


def entries_about(entries: QuerySet[Entry], person: UUID) -> QuerySet[Entry]:
    """Return those entries that somebody made, or that are about them, newest first."""
    about = Q(resource_type__in=("user", "api_key", "convert_login"), resource_id=str(person))
    return entries.filter(Q(actor_id=person) | about).order_by("-at", "id")


def actors_of(entries: Sequence[Entry]) -> Mapping[UUID, Any]:
    """Return who acted, including deleted people. One query."""
    return _people({row.actor_id for row in entries if row.actor_id})


def _people(identifiers: Collection[UUID]) -> Mapping[UUID, Any]:
    return get_user_model()._default_manager.in_bulk(identifiers)


def _named(entries: Sequence[Entry], field: str, resource_type: str) -> set[UUID]:
    """Return the ids in a field of entries, and the target ids of entries of a type."""
    held = {getattr(row, field) for row in entries}
    about = {parse_uuid(row.resource_id) for row in entries if row.resource_type == resource_type}
    return {identifier for identifier in held | about if identifier is not None}


def _actors(search: EntrySearch, me: str) -> Q:
    """Select what the wanted people did, including deleted people."""
    wanted = Q()
    people: Any = get_user_model()._default_manager
    if search.username == "me" and me:
        wanted &= Q(actor_id=me)
    elif search.username:
        wanted &= Q(actor_id__in=people.ever_with_username(search.username).order_by().values("pk"))
    if search.email:
        wanted &= Q(actor_id__in=people.ever_with_email(search.email).order_by().values("pk"))
    return wanted
