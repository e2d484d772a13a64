"""Read the registered objects that the caller may read (authorization.md 1.9)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from coderauth.errors import NotFound
from coderauth.http.uuids import parse_uuid
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.engine.policy import ANY
from scopes.models import RegisteredObject
from scopes.objects.types import (
    DORMANT_WORKSPACE,
    REGISTRABLE,
    WORKSPACE,
    ObjectName,
    registered_object,
)

DEFAULT_LIMIT: Final = 100
SHOWN: Final = 20  # of the objects that fit words
MOST: Final = 1000  # on a page, and looked at for a page


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """A page of objects; there may be more after `next_after_id`, and none if it is empty."""

    rows: Sequence[RegisteredObject]
    next_after_id: UUID | None


def object_get(*, caller: Caller, name: ObjectName) -> RegisteredObject:
    """Return an object; raises NotFound, alike for an unknown and an unreadable one."""
    row = RegisteredObject.objects.filter(type=name.type, object_id=name.id).first()
    if row is None or not decide(caller.subject, "read", registered_object(row)):
        raise NotFound("not_found")
    return row


def objects_page(
    *,
    caller: Caller,
    kind: str,
    owner_id: UUID | None = None,
    organization_id: UUID | None = None,
    after_id: UUID | None = None,
    limit: int = 0,
) -> ObjectPage:
    """Return the objects of a type that the caller may read, by id. One query.

    At most MOST rows are looked at, so a page may be short, even empty, without being the last.
    """
    found = RegisteredObject.objects.filter(_perhaps_readable(caller, kind), type=kind)
    if owner_id:
        found = found.filter(owner_id=owner_id)
    if organization_id:
        found = found.filter(organization_id=organization_id)
    if after_id:
        found = found.filter(object_id__gt=after_id)
    wanted = min(limit or DEFAULT_LIMIT, MOST)
    most = wanted if decide(caller.subject, "read", Object(type=kind)) else MOST
    rows: list[RegisteredObject] = []
    last: UUID | None = None
    for count, row in enumerate(found.order_by("object_id")[: most + 1]):
        if count == most or len(rows) == wanted:
            return ObjectPage(rows, last)
        last = row.object_id
        if decide(caller.subject, "read", registered_object(row)):
            rows.append(row)
    return ObjectPage(rows, None)


def objects_readable(
    caller: Caller, rows: QuerySet[RegisteredObject]
) -> QuerySet[RegisteredObject]:
    """Return the rows, of all types, that the caller may read.

    Where the caller may read every row of a type, everywhere or in an organization, all of them are
    taken; other types cost one query more.
    """
    whole = _wholly_readable(caller)
    named = Q(object_id__in=_listed(caller, {*REGISTRABLE}))
    candidates = rows.exclude(whole).filter(_near(caller) | named)
    readable = [
        row.pk for row in candidates if decide(caller.subject, "read", registered_object(row))
    ]
    return rows.filter(whole | Q(pk__in=readable))


def objects_found(caller: Caller, words: Sequence[str]) -> list[RegisteredObject]:
    """Return up to SHOWN objects that the caller may read and that every word fits.

    A word is a type, an id, or the name of an owner or an organization, in full.
    """
    rows = RegisteredObject.objects.select_related("owner", "organization")
    for word in words:
        # No stored text has a NUL, and PostgreSQL refuses to look for one.
        name = word.replace("\x00", "\ufffd")
        fits = Q(type=name) | Q(owner__username__iexact=name) | Q(organization__name__iexact=name)
        rows = rows.filter(fits | Q(object_id=parse_uuid(word)))
    return [*objects_readable(caller, rows)[:SHOWN]]


def has_workspaces(user_id: UUID) -> bool:
    """Say whether a user owns registered workspaces, dormant or not, whoever asks."""
    return RegisteredObject.objects.filter(
        owner_id=user_id, type__in=[WORKSPACE, DORMANT_WORKSPACE]
    ).exists()


def _perhaps_readable(caller: Caller, kind: str) -> Q:
    """Leave out rows that the caller cannot read in any case; the engine judges the rest."""
    site, _, unscoped = caller.subject.everywhere[kind, "read"]
    if unscoped:
        return Q(pk__in=[])
    near = Q() if site > 0 else _near(caller)
    allow_list = caller.subject.allow_list
    if allow_list is None or (kind, ANY) in allow_list:
        return near
    return near & Q(object_id__in=_listed(caller, {kind}))


def _wholly_readable(caller: Caller) -> Q:
    """Select what the caller may read because of a row's type and organization alone."""
    subject = caller.subject
    types = [kind for kind in REGISTRABLE if decide(subject, "read", Object(type=kind))]
    whole = Q(type__in=types)
    for organization in subject.organizations:
        inside = [
            kind
            for kind in REGISTRABLE
            if decide(subject, "read", Object(type=kind, organization=organization))
        ]
        whole |= Q(organization_id=organization, type__in=inside)
    return whole


def _near(caller: Caller) -> Q:
    """Select what a caller without a right at site level may read.

    That is their own rows, those in their organizations, and those that an access list shares with
    them; the list of a group counts only in its organization.
    """
    return (
        Q(owner_id=caller.id)
        | Q(organization_id__in=[*caller.subject.organizations])
        | Q(acl_users__has_key=caller.id)
    )


def _listed(caller: Caller, kinds: Collection[str]) -> list[UUID]:
    """Return the ids that the key's allow list names."""
    entries = caller.subject.allow_list or ()
    found = [parse_uuid(identifier) for kind, identifier in entries if kind in {*kinds, ANY}]
    return [identifier for identifier in found if identifier is not None]
