"""Read organizations and their members."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from coderauth.errors import NotFound
from coderauth.http.uuids import parse_uuid
from scopes.callers import Caller
from scopes.engine.decision import NIL_UUID, Object, decide
from scopes.models import Membership, Organization
from scopes.visibility import rows_readable

DEFAULT = {
    "name": "coder",
    "display_name": "Coder",
    "description": "Builtin default organization.",
}


def default_organization() -> Organization:
    """Return the organization that new users join; it is made when it is first needed."""
    return Organization.objects.get_or_create(is_default=True, defaults=DEFAULT)[0]


def organization_object(organization: Organization) -> Object:
    identifier = str(organization.pk)
    return Object(type="organization", id=identifier, organization=identifier)


def member_object(membership: Membership) -> Object:
    person = str(membership.user_id)
    return Object(
        type="organization_member",
        id=person,
        owner=person,
        organization=str(membership.organization_id),
    )


def organizations_visible(
    caller: Caller, candidates: QuerySet[Organization] | None = None
) -> list[Organization]:
    """Return the organizations, of all or of some, that the caller may read. One query."""
    rows = Organization.objects.order_by("name") if candidates is None else candidates
    return [row for row in rows if decide(caller.subject, "read", organization_object(row))]


def organization_get(caller: Caller, reference: str) -> Organization:
    """Return the organization that a path means by its id, its name, `default` or the nil id.

    Raises NotFound, alike if there is none and if the caller may not read it.
    """
    found = organization_find(reference)
    if found is None or not decide(caller.subject, "read", organization_object(found)):
        raise NotFound("not_found")
    return found


def organization_find(reference: str) -> Organization | None:
    """Return an organization by id, name, `default` or the nil id, whoever asks."""
    identifier = parse_uuid(reference)
    if reference == "default" or str(identifier) == NIL_UUID:
        return default_organization()
    if identifier is not None:
        return Organization.objects.filter(pk=identifier).first()
    return organization_named(reference)


def organizations_by_id(identifiers: Iterable[UUID]) -> dict[UUID, Organization]:
    """Return those organizations that there are, by their ids, whoever asks. One query."""
    return Organization.objects.in_bulk([*identifiers])


def organization_named(name: str) -> Organization | None:
    """Return an organization by its name in any case."""
    # Names are ASCII; databases fold other letters into it, such as the dotless i.
    if "\x00" in name or not name.isascii():
        return None
    return Organization.objects.filter(name__iexact=name).first()


def memberships_visible(caller: Caller, **which: Any) -> list[Membership]:
    """Return memberships, of a user or of an organization, that the caller may read. One query."""
    rows = Membership.objects.filter(user__is_deleted=False, **which).select_related("user")
    return [row for row in rows if decide(caller.subject, "read", member_object(row))]


@contextmanager
def organization_locked(organization_id: UUID) -> Iterator[Organization]:
    """Open the transaction of a change inside of an organization: one happens at a time.

    So nobody gets a role, or joins a group or an organization, while it is being deleted.
    Raises NotFound for an organization that is gone.
    """
    with transaction.atomic():
        yield organization_lock(organization_id)


def organization_lock(organization_id: UUID) -> Organization:
    """Lock an organization until the transaction ends; raises NotFound."""
    rows = Organization.objects.select_for_update(no_key=True)
    row = rows.filter(pk=organization_id).first()
    if row is None:
        raise NotFound("not_found")
    return row


def memberships_readable(caller: Caller) -> QuerySet[Membership]:
    """Return the memberships that the caller may know of."""
    return rows_readable(
        caller,
        Membership.objects.filter(user__is_deleted=False),
        resource="organization_member",
        near=Q(user_id=caller.id) | Q(organization_id__in=caller.organization_ids),
        describe=member_object,
        organization="organization_id",
        known_by="user_id",
    )
