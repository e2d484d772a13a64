"""Set and remove ceilings of site roles and organizations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from audit.changes import changing
from audit.records import attempt, difference
from coderauth.errors import InvalidRequest, NotFound, Validation
from scopes.actors import Actor
from scopes.callers import Caller
from scopes.engine.catalog import canonical, is_public
from scopes.engine.decision import Object, decide
from scopes.engine.roles import SITE_ROLES
from scopes.keys.ceilings import ceilings_lock
from scopes.models import KeyCeiling, Organization
from scopes.standing import standing

SETTINGS = Object("deployment_config")
MOST_KEYS = 1_000_000
LONGEST_SECONDS = 292 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class CeilingWish:
    """The ceiling to store; None and False set none."""

    max_lifetime_seconds: int | None = None
    forbids_full_access: bool = False
    scopes: Sequence[str] | None = None
    fixed_ends: bool = False
    max_keys: int | None = None


def ceilings_visible(caller: Caller) -> QuerySet[KeyCeiling]:
    """Return the ceilings that a caller may read: all, or those of places they may change."""
    rows = KeyCeiling.objects.select_related("organization").order_by("role", "organization__name")
    if decide(caller.subject, "read", SETTINGS):
        return rows
    places = [
        identifier
        for identifier in caller.organization_ids
        if caller.may("update", "organization", organization=identifier)
    ]
    return rows.filter(organization_id__in=places)


def ceiling_set(
    *, caller: Actor, wish: CeilingWish, role: str = "", organization: Organization | None = None
) -> KeyCeiling:
    """Set the ceiling of a site role or of an organization; replaces the one before.

    Waits for tokens that are being made. Raises NotFound without the permission and for an unknown
    role, InvalidRequest for what no ceiling can be.
    """
    with (
        attempt("write", "key_ceiling", **_about(caller, role, organization)) as act,
        standing(caller) as caller,
    ):
        _require(caller, role, organization)
        values = _checked(wish)
        ceilings_lock(changes=True)
        row = _rows(role, organization).select_for_update().first()
        if row is None:
            row = KeyCeiling.objects.create(role=role, organization=organization, **values)
            act.succeed(diff=difference({}, tracked(row)))
            return row
        with changing(row, tracked, act):
            for name, value in values.items():
                setattr(row, name, value)
    return row


def ceiling_remove(
    *, caller: Actor, role: str = "", organization: Organization | None = None
) -> None:
    """Remove a ceiling; raises NotFound without the permission, and when there is none."""
    with (
        attempt("delete", "key_ceiling", **_about(caller, role, organization)) as act,
        standing(caller) as caller,
    ):
        _require(caller, role, organization)
        ceilings_lock(changes=True)
        row = _rows(role, organization).select_for_update().first()
        if row is None:
            raise NotFound("not_found")
        row.delete()
        act.succeed(status_code=204, diff=difference(tracked(row), {}))


def tracked(row: KeyCeiling) -> dict[str, Any]:
    """Return what the audit keeps about a ceiling."""
    return {
        "role": row.role,
        "organization_id": str(row.organization_id or ""),
        "max_lifetime_seconds": row.max_lifetime_seconds,
        "forbids_full_access": row.forbids_full_access,
        "scopes": row.scopes,
        "fixed_ends": row.fixed_ends,
        "max_keys": row.max_keys,
    }


def _rows(role: str, organization: Organization | None) -> QuerySet[KeyCeiling]:
    return KeyCeiling.objects.filter(role=role, organization=organization)


def _require(caller: Actor, role: str, organization: Organization | None) -> None:
    if organization is None:
        if role not in SITE_ROLES or not decide(caller.subject, "update", SETTINGS):
            raise NotFound("not_found")
        return
    identifier = str(organization.pk)
    place = Object("organization", identifier, organization=identifier)
    if not decide(caller.subject, "update", place):
        raise NotFound("not_found")


def _checked(wish: CeilingWish) -> dict[str, Any]:
    wrong = [*_wrong(wish)]
    if wrong:
        raise InvalidRequest("validation_failed", validations=wrong)
    scopes = wish.scopes
    return {
        "max_lifetime_seconds": wish.max_lifetime_seconds,
        "forbids_full_access": wish.forbids_full_access,
        "scopes": None if scopes is None else [*dict.fromkeys(map(canonical, scopes))],
        "fixed_ends": wish.fixed_ends,
        "max_keys": wish.max_keys,
    }


def _wrong(wish: CeilingWish) -> list[Validation]:
    wrong = []
    seconds, number = wish.max_lifetime_seconds, wish.max_keys
    if seconds is not None and not 1 <= seconds <= LONGEST_SECONDS:
        wrong.append(Validation("max_lifetime", "Give a length of time of a second or more."))
    if number is not None and not 0 <= number <= MOST_KEYS:
        wrong.append(Validation("max_keys", f"Give a number from 0 to {MOST_KEYS}."))
    unknown = [name for name in wish.scopes or () if not is_public(name)]
    if unknown:
        wrong.append(Validation("scopes", f"There is no scope {', '.join(unknown)}."))
    return wrong


def _about(caller: Actor, role: str, organization: Organization | None) -> dict[str, Any]:
    if organization is None:
        return {"actor_id": caller.id, "resource_target": role}
    return {
        "actor_id": caller.id,
        "resource_target": organization.name,
        "organization_id": organization.pk,
    }
