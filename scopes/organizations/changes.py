"""Make, change and delete organizations (authorization.md 5.6)."""

from typing import Any

from audit.changes import changing
from audit.records import attempt, difference
from coderauth.errors import Conflict, Forbidden, InvalidRequest, NotFound
from coderauth.uniqueness import taken_means
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.models import Group, Membership, Organization, RegisteredObject
from scopes.organizations.selectors import organization_locked, organization_object
from scopes.standing import standing

RESERVED = "default"  # It means the default organization in every path.


def organization_create(
    *, caller: Caller, name: str, display_name: str = "", description: str = "", icon: str = ""
) -> Organization:
    """Make an organization with the caller as its first member, without a role.

    Raises InvalidRequest for a reserved name, Forbidden without the permission, Conflict for a
    taken name.
    """
    about = {"actor_id": caller.id, "resource_target": name}
    with (
        attempt("create", "organization", **about) as act,
        taken_means(Conflict("organization_exists")),
        standing(caller) as caller,
    ):
        _refuse_reserved(name)
        if not decide(caller.subject, "create", Object(type="organization")):
            raise Forbidden("forbidden")
        row = Organization.objects.create(
            name=name,
            display_name=display_name or name,
            description=description,
            icon=icon,
        )
        Membership.objects.create(organization=row, user_id=caller.id)
        act.resource_id = act.organization_id = row.pk
        act.succeed(status_code=201, diff=difference({}, _tracked(row)))
    return row


def organization_update(
    *,
    caller: Caller,
    organization: Organization,
    name: str = "",
    display_name: str = "",
    description: str | None = None,
    icon: str | None = None,
) -> Organization:
    """Change the given fields; raises as `organization_create`, but NotFound without permission.

    An empty name or display name stays as it is.
    """
    with (
        attempt("write", "organization", **_about(caller, organization)) as act,
        taken_means(Conflict("organization_name_taken", name=name)),
        organization_locked(organization.pk) as row,
        standing(caller) as caller,
    ):
        _refuse_reserved(name)
        if not decide(caller.subject, "update", organization_object(row)):
            raise NotFound("not_found")
        with changing(row, _tracked, act):
            row.name = name or row.name
            row.display_name = display_name or row.display_name
            row.description = row.description if description is None else description
            row.icon = row.icon if icon is None else icon
    return row


def organization_delete(*, caller: Caller, organization: Organization) -> None:
    """Delete an organization and its custom roles, once it has at most one member.

    Raises InvalidRequest for the default one, NotFound without the permission, Conflict for one
    that is in use.
    """
    with (
        attempt("delete", "organization", **_about(caller, organization)) as act,
        organization_locked(organization.pk) as row,
        standing(caller) as caller,
    ):
        if not decide(caller.subject, "delete", organization_object(row)):
            raise NotFound("not_found")
        if row.is_default:
            raise InvalidRequest("default_organization")
        what = _what_is_in(row)
        if what:
            raise Conflict("organization_in_use", what=what)
        before = _tracked(row)
        row.delete()
        act.succeed(diff=difference(before, {}))


def _what_is_in(organization: Organization) -> str:
    """Return what prevents a deletion; the last member, usually its maker, does not."""
    members = Membership.objects.filter(organization=organization, user__is_deleted=False).count()
    groups = Group.objects.filter(organization=organization).count()
    objects = RegisteredObject.objects.filter(organization=organization).count()
    counts = {"member": members if members > 1 else 0, "group": groups, "object": objects}
    return ", ".join(
        f"{count} {noun}{'s' if count > 1 else ''}" for noun, count in counts.items() if count
    )


def _refuse_reserved(name: str) -> None:
    if name.lower() == RESERVED:
        raise InvalidRequest("reserved_organization_name", name=name)


def _about(caller: Caller, organization: Organization) -> dict[str, Any]:
    return {
        "actor_id": caller.id,
        "organization_id": organization.pk,
        "resource_id": organization.pk,
        "resource_target": organization.name,
    }


def _tracked(row: Organization) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "display_name": row.display_name,
        "description": row.description,
        "icon": row.icon,
    }
