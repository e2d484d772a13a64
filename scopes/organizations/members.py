"""Add people to organizations, remove them, and change their roles there."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from audit.changes import changing
from audit.records import attempt, difference
from coderauth.errors import InvalidRequest, NotFound
from scopes.assignment import plan_organization_roles, require_assignable, require_not_beyond
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.engine.roles import ORGANIZATION_MEMBER, ORGANIZATION_ROLES
from scopes.models import CustomRole, GroupMembership, Membership, Organization
from scopes.organizations.selectors import member_object, organization_locked
from scopes.people import find_person, grants_of
from scopes.standing import standing


def membership_get(caller: Caller, organization: Organization, reference: str) -> Membership:
    """Return the membership of a `{user}`; raises InvalidRequest for unknown users, or NotFound."""
    person = find_person(caller, reference)
    row = _living(organization).filter(user_id=person.pk).first()
    if row is None or not decide(caller.subject, "read", member_object(row)):
        raise NotFound("not_found")
    return row


def custom_role_names(members: Iterable[Membership]) -> dict[str, str]:
    """Return the display names of the members' custom roles; no query if there are none."""
    names = {name for row in members for name in row.roles} - ORGANIZATION_ROLES.keys()
    if not names:
        return {}
    return dict(CustomRole.objects.filter(name__in=names).values_list("name", "display_name"))


def members_page(
    *, caller: Caller, organization: Organization, limit: int, offset: int
) -> tuple[list[Membership], int]:
    """Return members by name, and how many there are; a limit of 0 means no limit.

    Raises NotFound if the caller may not read every member.
    """
    anybody = Object(type="organization_member", organization=str(organization.pk))
    if not decide(caller.subject, "read", anybody):
        raise NotFound("not_found")
    rows = _living(organization).order_by(Lower("user__username"))
    return list(rows[offset : offset + limit if limit else None]), rows.count()


def member_add(*, caller: Caller, organization: Organization, user: Any) -> Membership:
    """Add a user to an organization, with no role but the implied one.

    Raises NotFound without the permission, InvalidRequest if the caller may not hand out the
    implied role and if the user is already a member.
    """
    about = _about(caller, organization.pk, user)
    with (
        attempt("create", "organization_member", **about) as act,
        organization_locked(organization.pk),
        standing(caller, holds=Q(pk=user.pk)) as caller,
    ):
        within = str(organization.pk)
        newcomer = Object(type="organization_member", owner=str(user.pk), organization=within)
        catalogue = Object(type="assign_org_role", organization=within)
        if not decide(caller.subject, "assign", catalogue):
            raise NotFound("not_found")
        if not decide(caller.subject, "create", newcomer):
            raise NotFound("not_found")
        require_assignable(caller, within, [ORGANIZATION_MEMBER])
        users: Any = get_user_model()._default_manager
        if not users.filter(pk=user.pk, is_deleted=False).exists():
            raise NotFound("not_found")
        if Membership.objects.filter(organization=organization, user_id=user.pk).exists():
            shown = organization.display_name or organization.name
            raise InvalidRequest("already_member", user=user.username, organization=shown)
        row = Membership.objects.create(organization=organization, user_id=user.pk)
        act.succeed(diff=difference({}, _tracked(row)))
    return row


def member_remove(*, caller: Caller, membership: Membership) -> None:
    """Remove a user from an organization and its groups; raises InvalidRequest for oneself."""
    about = _about(caller, membership.organization_id, membership.user)
    with (
        attempt("delete", "organization_member", **about) as act,
        _locked(membership) as row,
        standing(caller, changes=Q(pk=membership.user_id)) as caller,
    ):
        if str(row.user_id) == caller.id:
            raise InvalidRequest("remove_self")
        if not decide(caller.subject, "delete", member_object(row)):
            raise NotFound("not_found")
        require_not_beyond(caller, str(row.organization_id), grants_of(row.user))
        GroupMembership.objects.filter(
            user_id=row.user_id, group__organization_id=row.organization_id
        ).delete()
        before = _tracked(row)
        row.delete()
        act.succeed(status_code=204, diff=difference(before, {}))


def require_others_member_roles(caller: Caller, membership: Membership) -> None:
    """Raise InvalidRequest for one's own roles: nobody locks out or promotes themselves."""
    about = _about(caller, membership.organization_id, membership.user)
    with attempt("write", "organization_member", **about):
        _require_others(caller, membership)


def member_roles_replace(
    *, caller: Caller, membership: Membership, roles: Sequence[str]
) -> Membership:
    """Replace a member's roles; raises in the order of authorization.md 5.4."""
    about = _about(caller, membership.organization_id, membership.user)
    with (
        attempt("write", "organization_member", **about) as act,
        _locked(membership) as row,
        standing(caller, changes=Q(pk=membership.user_id)) as caller,
    ):
        _require_others(caller, row)
        custom = CustomRole.objects.filter(
            organization_id=row.organization_id, name__in={*row.roles, *roles}
        )
        wanted = plan_organization_roles(
            caller,
            str(row.organization_id),
            stored=row.roles,
            wanted=roles,
            custom=set(custom.values_list("name", flat=True)),
        )
        with changing(row, _tracked, act):
            row.roles = wanted
    return row


@contextmanager
def _locked(membership: Membership) -> Iterator[Membership]:
    """Open the transaction of a change of a membership; raises NotFound for one that is gone."""
    with organization_locked(membership.organization_id):
        row = Membership.objects.select_for_update().filter(pk=membership.pk).first()
        if row is None:
            raise NotFound("not_found")
        yield row


def _living(organization: Organization) -> QuerySet[Membership]:
    return Membership.objects.filter(
        organization=organization, user__is_deleted=False
    ).select_related("user")


def _require_others(caller: Caller, membership: Membership) -> None:
    if str(membership.user_id) == caller.id:
        raise InvalidRequest("own_organization_roles")


def _about(caller: Caller, organization_id: UUID, user: Any) -> dict[str, Any]:
    return {
        "actor_id": caller.id,
        "organization_id": organization_id,
        "resource_id": user.pk,
        "resource_target": user.username,
    }


def _tracked(row: Membership) -> dict[str, Any]:
    return {
        "user_id": str(row.user_id),
        "organization_id": str(row.organization_id),
        "roles": list(row.roles),
    }
