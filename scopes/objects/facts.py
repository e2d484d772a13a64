"""What a change of registered objects depends on, locked until its transaction ends."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from coderauth.errors import InvalidRequest, Validation
from scopes.models import Group, Organization, RegisteredObject
from scopes.objects.acl import GROUPS, USERS
from scopes.objects.types import ObjectName


@dataclass(frozen=True, slots=True)
class Facts:
    """The stored objects of a request, and which of the ids in it exist.

    Only callers with the permission are told whether an id exists. A stored object may have another
    type of the same family than the one asked for.
    """

    stored: Mapping[ObjectName, RegisteredObject]
    owners: Collection[UUID]
    organizations: Collection[UUID]
    people: Collection[str]
    groups: Mapping[str, str]  # to their organizations

    @classmethod
    def locked(
        cls,
        *,
        names: Collection[ObjectName],
        owners: Collection[UUID],
        organizations: Collection[UUID],
        people: Collection[str],
        groups: Collection[str],
    ) -> "Facts":
        """Read the facts, with one query for each kind of them.

        The locks keep owners and organizations from being deleted meanwhile. They are taken in the
        order of deletions: people, organizations, objects.
        """
        users: Any = get_user_model()._default_manager.filter(is_deleted=False)
        rows = Group.objects.filter(pk__in=groups).order_by().values_list("pk", "organization_id")
        return cls(
            owners=_lock(users, owners),
            organizations=_lock(Organization.objects, organizations),
            stored=_lock_objects(names),
            people={str(pk) for pk in _ids(users.filter(pk__in=people))} if people else (),
            groups={str(pk): str(home) for pk, home in rows} if groups else {},
        )

    def require_known(
        self,
        *,
        owner_id: UUID | None,
        organization_id: UUID | None,
        people: Iterable[str],
        groups: Iterable[str],
    ) -> None:
        """Raise InvalidRequest with all unknown ids."""
        wrong: list[Validation] = []
        if owner_id and owner_id not in self.owners:
            wrong.append(Validation("owner_id", f"There is no user with the id {owner_id}."))
        if organization_id and organization_id not in self.organizations:
            reason = f"There is no organization with the id {organization_id}."
            wrong.append(Validation("organization_id", reason))
        for person in people:
            if person not in self.people:
                reason = f"There is no user with the id {person}."
                wrong.append(Validation(f"{USERS}.{person}", reason))
        home = str(organization_id or "")
        for group in groups:
            if home not in (group, self.groups.get(group)):
                reason = f"The organization of the object has no group with the id {group}."
                wrong.append(Validation(f"{GROUPS}.{group}", reason))
        if wrong:
            raise InvalidRequest("validation_failed", validations=wrong)


def _lock(rows: Any, identifiers: Collection[UUID]) -> Collection[UUID]:
    """Lock rows so that others may refer to them, but neither change nor delete them."""
    if not identifiers:
        return ()
    found = rows.filter(pk__in=identifiers).order_by("pk").select_for_update(no_key=True)
    return set(_ids(found))


def _lock_objects(names: Collection[ObjectName]) -> dict[ObjectName, RegisteredObject]:
    families = {name.family for name in names}
    rows = (
        RegisteredObject.objects.select_for_update()
        .filter(
            family__in={family for family, _ in families},
            object_id__in={one for _, one in families},
        )
        .order_by("family", "object_id")
    )
    found = {(row.family, row.object_id): row for row in rows}
    return {name: found[name.family] for name in names if name.family in found}


def _ids(rows: Any) -> Iterable[UUID]:
    ids: Iterable[UUID] = rows.values_list("pk", flat=True)
    return ids
