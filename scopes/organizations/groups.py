"""Groups of an organization, which access lists can name (authorization.md 5.7).

"Everyone" is a group without a row: its id is the organization's, and its members are the
organization's members.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from audit.changes import changing
from audit.records import Attempt, attempt, difference
from coderauth.errors import Conflict, InvalidRequest, NotFound
from coderauth.http.uuids import parse_uuid
from coderauth.uniqueness import taken_means
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.models import Group, GroupMembership, Membership, Organization
from scopes.organizations.selectors import organization_locked
from scopes.standing import standing

EVERYONE = "Everyone"


def group_object(group: Group) -> Object:
    """Return a group as the engine judges it: its members may read it (authorization.md 1.11)."""
    identifier = str(group.pk)
    return Object(
        type="group",
        id=identifier,
        organization=str(group.organization_id),
        acl_groups={identifier: ("read",)},
    )


def everyone(organization: Organization) -> Group:
    """Return the group of all members of an organization; it is never stored."""
    return Group(
        id=organization.pk,
        organization=organization,
        name=EVERYONE,
        created_at=organization.created_at,
        updated_at=organization.updated_at,
    )


def is_everyone(group: Group) -> bool:
    return bool(group.pk == group.organization_id)


def groups_visible(caller: Caller, organization: Organization) -> list[Group]:
    """Return the groups of an organization that the caller may read. One query."""
    rows = Group.objects.filter(organization=organization).select_related("organization")
    found = [everyone(organization), *rows.order_by("name")]
    return [row for row in found if decide(caller.subject, "read", group_object(row))]


def groups_found(
    caller: Caller,
    *,
    organization: Organization | None = None,
    member_id: UUID | str | None = None,
    ids: Collection[UUID] | None = None,
) -> list[Group]:
    """Return the groups of all organizations, or those asked for, that the caller may read.

    Two queries. "Everyone" comes before the others, and has all members of its organization.
    """
    homes = Organization.objects.order_by("name")
    rows = Group.objects.select_related("organization").order_by("organization__name", "name")
    if organization is not None:
        homes, rows = homes.filter(pk=organization.pk), rows.filter(organization=organization)
    if member_id is not None:
        joined = GroupMembership.objects.filter(user_id=member_id).values("group_id")
        homes, rows = homes.filter(memberships__user_id=member_id), rows.filter(pk__in=joined)
    if ids is not None:
        homes, rows = homes.filter(pk__in=ids), rows.filter(pk__in=ids)
    found = [*(everyone(home) for home in homes), *rows]
    return [row for row in found if decide(caller.subject, "read", group_object(row))]


def group_named(caller: Caller, organization: Organization, name: str) -> Group:
    """Return a group of an organization by its name in any case; raises as `group_get`."""
    if name.lower() == EVERYONE.lower():
        found: Group | None = everyone(organization)
    else:
        rows = Group.objects.filter(organization=organization).select_related("organization")
        found = None if "\x00" in name else rows.filter(name__iexact=name).first()
    if found is None or not decide(caller.subject, "read", group_object(found)):
        raise NotFound("not_found")
    return found


def group_get(caller: Caller, reference: str) -> Group:
    """Return a group by id; raises NotFound for an unknown one and one the caller may not read."""
    identifier = parse_uuid(reference)
    found = None if identifier is None else _find(identifier)
    if found is None or not decide(caller.subject, "read", group_object(found)):
        raise NotFound("not_found")
    return found


def group_people(groups: Collection[Group]) -> dict[UUID, list[Any]]:
    """Return the members of each group, by the group's id. Two queries, whatever the number."""
    people: dict[UUID, list[Any]] = {group.pk: [] for group in groups}
    stored = GroupMembership.objects.filter(group_id__in=people, user__is_deleted=False)
    for row in stored.select_related("user").order_by("user__username"):
        people[row.group_id].append(row.user)
    joined = Membership.objects.filter(organization_id__in=people, user__is_deleted=False)
    for member in joined.select_related("user").order_by("user__username"):
        people[member.organization_id].append(member.user)
    return people


def group_person_object(user_id: object, organization_id: object) -> Object:
    """Return a membership in a group as the engine judges it."""
    person = str(user_id)
    return Object(type="group_member", id=person, owner=person, organization=str(organization_id))


def person_is_visible(caller: Caller, group: Group, user: Any) -> bool:
    """Say whether the caller may see that a user is in a group."""
    row = group_person_object(user.pk, group.organization_id)
    return decide(caller.subject, "read", row).allowed


def group_create(
    *, caller: Caller, organization: Organization, name: str, display_name: str = ""
) -> Group:
    """Make an empty group.

    Raises NotFound without the permission, InvalidRequest for a reserved name, Conflict for one
    that is taken in the organization.
    """
    about = {"organization_id": organization.pk, "resource_target": name}
    with attempt("create", "group", actor_id=caller.id, **about) as act:
        asked = Object(type="group", organization=str(organization.pk))
        with (
            taken_means(Conflict("group_exists", name=name)),
            organization_locked(organization.pk),
            standing(caller) as caller,
        ):
            if not decide(caller.subject, "create", asked):
                raise NotFound("not_found")
            _refuse_reserved(name)
            row = Group.objects.create(
                organization=organization, name=name, display_name=display_name
            )
            act.resource_id = row.pk
            act.succeed(status_code=201, diff=difference({}, _tracked(row)))
    return row


def group_insert(*, organization: Organization, name: str, origin: Mapping[str, object]) -> Group:
    """Store a group that no caller asked for, and record its source.

    Must run in a transaction that locked the organization; the name must have been checked.
    """
    row = Group.objects.create(organization=organization, name=name)
    act = Attempt(
        "create",
        "group",
        resource_id=row.pk,
        resource_target=name,
        organization_id=organization.pk,
        additional_fields=dict(origin),
    )
    act.succeed(status_code=201, diff=difference({}, _tracked(row)))
    return row


def group_update(
    *,
    caller: Caller,
    group: Group,
    name: str = "",
    display_name: str | None = None,
    add: Sequence[UUID] = (),
    remove: Sequence[UUID] = (),
) -> Group:
    """Rename a group and change its members; users in both lists are removed.

    Raises NotFound without the permission, InvalidRequest for "Everyone", a reserved name and
    people outside of the organization, Conflict for a taken name.
    """
    with (
        attempt("write", "group", **_about(caller, group)) as act,
        taken_means(Conflict("group_exists", name=name)),
        _locked(group) as row,
        standing(caller) as caller,
    ):
        _require_changeable(caller, row, "update")
        _refuse_reserved(name)
        with changing(row, _tracked, act):
            row.name = name or row.name
            row.display_name = row.display_name if display_name is None else display_name
            _change_people(row, add, remove, act)
    return row


def group_delete(*, caller: Caller, group: Group) -> None:
    """Delete a group; access lists that name it no longer grant anything through it.

    Raises NotFound without the permission, InvalidRequest for "Everyone".
    """
    with (
        attempt("delete", "group", **_about(caller, group)) as act,
        _locked(group) as row,
        standing(caller) as caller,
    ):
        _require_changeable(caller, row, "delete")
        before = _tracked(row)
        row.delete()
        act.succeed(diff=difference(before, {}))


def _require_changeable(caller: Caller, group: Group, action: str) -> None:
    if not decide(caller.subject, action, group_object(group)):
        raise NotFound("not_found")
    if is_everyone(group):
        raise InvalidRequest("everyone_group")


def _change_people(group: Group, add: Sequence[UUID], remove: Sequence[UUID], act: Attempt) -> None:
    wanted = set(add)
    members = Membership.objects.filter(
        organization_id=group.organization_id, user_id__in=wanted, user__is_deleted=False
    )
    strangers = wanted - set(members.values_list("user_id", flat=True))
    if strangers:
        raise InvalidRequest("not_in_organization", user=min(strangers))
    inside = GroupMembership.objects.filter(group=group)
    before = set(inside.values_list("user_id", flat=True))
    added, removed = wanted - before - set(remove), before & set(remove)
    inside.filter(user_id__in=removed).delete()
    GroupMembership.objects.bulk_create(
        GroupMembership(group=group, user_id=person) for person in added
    )
    act.additional_fields |= {
        "added_users": sorted(map(str, added)),
        "removed_users": sorted(map(str, removed)),
    }


def _find(identifier: UUID) -> Group | None:
    found = Group.objects.filter(pk=identifier).select_related("organization").first()
    if found is None:
        organization = Organization.objects.filter(pk=identifier).first()
        return None if organization is None else everyone(organization)
    return found


@contextmanager
def _locked(group: Group) -> Iterator[Group]:
    """Open the transaction of a change of a group; raises NotFound for one that is gone."""
    with organization_locked(group.organization_id) as organization:
        if is_everyone(group):
            yield everyone(organization)
            return
        row = Group.objects.select_for_update().filter(pk=group.pk).first()
        if row is None:
            raise NotFound("not_found")
        row.organization = organization
        yield row


def _refuse_reserved(name: str) -> None:
    if name.lower() == EVERYONE.lower():
        raise InvalidRequest("reserved_group_name", name=name)


def _about(caller: Caller, group: Group) -> dict[str, Any]:
    return {
        "actor_id": caller.id,
        "organization_id": group.organization_id,
        "resource_id": group.pk,
        "resource_target": group.name,
    }


def _tracked(row: Group) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "organization_id": str(row.organization_id),
        "name": row.name,
        "display_name": row.display_name,
    }
