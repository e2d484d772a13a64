"""Custom roles of organizations (authorization.md 5.5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from audit.changes import changing
from audit.records import attempt, difference
from coderauth.errors import Conflict, Forbidden, InvalidRequest, NotFound
from coderauth.uniqueness import taken_means
from scopes.assignment import require_not_beyond
from scopes.callers import Caller, custom_role
from scopes.engine.decision import Grant, Object, decide
from scopes.engine.policy import ANY, RESOURCES
from scopes.engine.roles import ORGANIZATION_ROLES, SITE_ROLES, Permission
from scopes.models import CustomRole, Membership, Organization
from scopes.organizations.selectors import organization_locked
from scopes.standing import standing


@dataclass(frozen=True, slots=True)
class RoleWish:
    """The custom role to store; its syntax has been checked.

    Only `organization` may hold permissions; the other lists are refused unless empty.
    """

    name: str
    display_name: str = ""
    organization: Sequence[Permission] = ()
    site: Sequence[Permission] = ()
    user: Sequence[Permission] = ()
    member: Sequence[Permission] = ()


def catalogue_object(organization: Organization) -> Object:
    """Return the roles of an organization as the engine judges them: as one object."""
    return Object(type="assign_org_role", organization=str(organization.pk))


def role_object(row: CustomRole) -> Object:
    """Return a custom role as the engine judges it: as the roles of its organization."""
    return Object(type="assign_org_role", organization=str(row.organization_id))


def custom_roles_visible(caller: Caller, organization: Organization) -> list[CustomRole]:
    """Return an organization's own roles; raises NotFound if the caller may not read them."""
    if not decide(caller.subject, "read", catalogue_object(organization)):
        raise NotFound("not_found")
    return list(CustomRole.objects.filter(organization=organization).order_by("name"))


def custom_role_create(*, caller: Caller, organization: Organization, wish: RoleWish) -> CustomRole:
    """Make a role that grants only what its author holds there.

    Raises InvalidRequest for what a custom role may not be, NotFound without the permission, and
    Conflict when any organization has a role of that name.
    """
    name = wish.name.lower()
    with (
        attempt("create", "custom_role", **_about(caller, organization, name)) as act,
        taken_means(Conflict("role_exists", role=name)),
        organization_locked(organization.pk),
        standing(caller) as caller,
    ):
        _require_possible(wish)
        if not decide(caller.subject, "create", catalogue_object(organization)):
            raise NotFound("not_found")
        _require_held(caller, organization, wish.organization)
        row = CustomRole.objects.create(
            name=name,
            organization=organization,
            display_name=wish.display_name,
            permissions=_stored(wish.organization),
        )
        act.succeed(diff=difference({}, _tracked(row)))
    return row


def custom_role_replace(
    *, caller: Caller, organization: Organization, wish: RoleWish
) -> CustomRole:
    """Replace a whole role; raises as `custom_role_create`, and NotFound for an unknown one.

    Permissions that the policy does not know are left out, so that a role stored by an older
    version can be sent back.
    """
    name = wish.name.lower()
    with (
        attempt("write", "custom_role", **_about(caller, organization, name)) as act,
        organization_locked(organization.pk),
        standing(caller) as caller,
    ):
        _require_possible(wish)
        if not decide(caller.subject, "update", catalogue_object(organization)):
            raise NotFound("not_found")
        known = [one for one in wish.organization if not _unknown(one)]
        _require_held(caller, organization, known)
        row = _find(organization, name)
        if row is None:
            raise NotFound("not_found")
        _require_may_touch(caller, row)
        with changing(row, _tracked, act):
            row.display_name, row.permissions = wish.display_name, _stored(known)
    return row


def custom_role_delete(*, caller: Caller, organization: Organization, name: str) -> None:
    """Delete a role and take it away from its holders, who keep their other roles.

    Raises NotFound for an unknown role, Forbidden without the permission.
    """
    name = name.lower()
    with (
        attempt("delete", "custom_role", **_about(caller, organization, name)) as act,
        organization_locked(organization.pk),
        standing(caller) as caller,
    ):
        if not decide(caller.subject, "delete", catalogue_object(organization)):
            raise Forbidden("forbidden")
        row = _find(organization, name)
        if row is None:
            raise NotFound("unknown_role", role=name)
        _require_may_touch(caller, row)
        before = _tracked(row)
        act.additional_fields["members"] = _take_from_members(organization, name)
        row.delete()
        act.succeed(status_code=204, diff=difference(before, {}))


def _require_may_touch(caller: Caller, row: CustomRole) -> None:
    """Raise Forbidden if the caller would take from others what they do not hold themselves."""
    home = str(row.organization_id)
    require_not_beyond(caller, home, [Grant(custom_role(row.name, row.permissions), home)])


def _take_from_members(organization: Organization, name: str) -> int:
    holders = list(
        Membership.objects.alias(roles_text=Cast("roles", TextField()))
        .filter(organization=organization, roles_text__contains=f'"{name}"')
        .order_by("pk")
        .select_for_update()
    )
    now = timezone.now()
    for row in holders:
        row.roles = [role for role in row.roles if role != name]
        row.updated_at = now
    Membership.objects.bulk_update(holders, ["roles", "updated_at"], batch_size=500)
    return len(holders)


def _find(organization: Organization, name: str) -> CustomRole | None:
    if "\x00" in name:
        return None
    rows = CustomRole.objects.select_for_update()
    return rows.filter(organization=organization, name=name).first()


def _require_possible(wish: RoleWish) -> None:
    if wish.name.lower() in SITE_ROLES.keys() | ORGANIZATION_ROLES.keys():
        raise InvalidRequest("reserved_role_name")
    if wish.site:
        raise InvalidRequest("site_permissions_in_role")
    if wish.user:
        raise InvalidRequest("user_permissions_in_role")
    if wish.member:
        raise InvalidRequest("member_permissions_in_role")


def _require_held(
    caller: Caller, organization: Organization, permissions: Iterable[Permission]
) -> None:
    """Raise InvalidRequest for a permission that the caller's key does not itself have there."""
    within = str(organization.pk)
    for one in permissions:
        reason = _unknown(one)
        if not reason and one.negate:
            reason = "no negative permissions"
        if not reason and ANY in (one.resource, one.action):
            reason = "no wildcard symbols"
        if not reason:
            asked = Object(type=one.resource, organization=within)
            if not decide(caller.subject, one.action, asked):
                reason = "not allowed to grant this permission"
        if reason:
            raise InvalidRequest("role_permissions_refused", reason=reason)


def _unknown(permission: Permission) -> str:
    """Return why the policy does not know a permission, or "" if it does."""
    actions = RESOURCES.get(permission.resource)
    if actions is None and permission.resource != ANY:
        return f'invalid resource type "{permission.resource}"'
    if actions is not None and permission.action not in (*actions, ANY):
        return f'invalid action "{permission.action}" for resource "{permission.resource}"'
    return ""


def _stored(permissions: Iterable[Permission]) -> list[dict[str, str]]:
    distinct = dict.fromkeys((one.resource, one.action) for one in permissions)
    return [{"resource_type": resource, "action": action} for resource, action in distinct]


def _about(caller: Caller, organization: Organization, name: str) -> dict[str, Any]:
    return {
        "actor_id": caller.id,
        "organization_id": organization.pk,
        "resource_id": name[:64].replace("\x00", ""),
        "resource_target": name.replace("\x00", ""),
    }


def _tracked(row: CustomRole) -> dict[str, Any]:
    return {
        "name": row.name,
        "display_name": row.display_name,
        "organization_id": str(row.organization_id),
        "org_permissions": list(row.permissions),
    }
