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
from scopes.standing import hold


@dataclass(frozen=True, slots=True)
class Places:
    """The stored objects of a request, locked, and where objects are to be, held.

    A stored object may have another type than it is asked for by, of the same family.
    """

    stored: Mapping[ObjectName, RegisteredObject]
    organizations: Collection[UUID]

    @classmethod
    def locked(cls, *, names: Collection[ObjectName], organizations: Collection[UUID]) -> "Places":
        """Read them; a query for each kind that there is, whatever the number."""
        homes = Organization.objects.filter(pk__in=organizations)
        return cls(
            organizations=set(hold(homes)) if organizations else (),
            stored=_lock_objects(names),
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """The places of a request, and which of the ids in it are somebody's.

    Whether an id is somebody's is told only to those who have the permission already.
    """

    places: Places
    owners: Collection[UUID]
    people: Collection[str]
    groups: Mapping[str, str]  # to their organizations

    @classmethod
    def read(
        cls,
        places: Places,
        *,
        owners: Collection[UUID],
        people: Collection[str],
        groups: Collection[str],
    ) -> "Facts":
        """Read the facts in a transaction that holds the owners; a query for each kind."""
        users: Any = get_user_model()._default_manager.filter(is_deleted=False)
        rows = Group.objects.filter(pk__in=groups).order_by().values_list("pk", "organization_id")
        return cls(
            places,
            owners=set(_ids(users.filter(pk__in=owners))) if owners else (),
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
        if organization_id and organization_id not in self.places.organizations:
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
