"""The people of the demo as rows: their accounts, organizations, roles and groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from accounts.models import User, UserLoginType, UserStatus
from coderauth.management.demo.company import DOMAIN, PEOPLE, PLACES, SERVICE_ACCOUNTS, Employee
from scopes.models import CustomRole, Group, GroupMembership, Membership, Organization
from scopes.organizations.selectors import default_organization

DAYS = 112
HOME = PLACES[0].name


@dataclass(frozen=True, slots=True)
class Clock:
    """When things happened, and chance that is the same for the same seed."""

    now: datetime
    chance: Random

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def in_office(self, days: float) -> datetime:
        """Return a moment in the working hours of a day that is so many days ago."""
        hour = self.ago(days).replace(hour=self.chance.randint(7, 17), minute=0, second=0)
        return min(hour + timedelta(seconds=self.chance.randrange(3600)), self.now)

    def uuid(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)


def organizations_make(clock: Clock) -> dict[str, Organization]:
    """Make the organizations with their roles; the default one gets the company's name."""
    found = {HOME: default_organization()}
    for place in PLACES:
        row = found.get(place.name) or Organization(id=clock.uuid())
        row.name, row.display_name = place.name, place.display_name
        row.description = place.description
        row.created_at = row.updated_at = clock.ago(DAYS)
        row.save()
        found[place.name] = row
    CustomRole.objects.bulk_create(
        CustomRole(
            name=place.role,
            organization=found[place.name],
            display_name=place.role_name,
            permissions=[
                {"resource_type": kind, "action": action} for kind, action in place.role_permissions
            ],
            created_at=clock.ago(DAYS - 1),
            updated_at=clock.ago(DAYS - 1),
        )
        for place in PLACES
        if place.role
    )
    return found


def people_make(clock: Clock, *, encoded: str) -> dict[str, User]:
    """Make the accounts, all with one password; return them by username."""
    rows = [_account(clock, person, encoded) for person in PEOPLE]
    rows += [
        User(
            id=clock.uuid(),
            username=name,
            login_type=UserLoginType.NONE,
            status=UserStatus.ACTIVE,
            is_service_account=True,
            last_seen_at=clock.ago(clock.chance.random()),
            created_at=clock.in_office(DAYS - 6),
            updated_at=clock.ago(1),
        )
        for name, *_ in SERVICE_ACCOUNTS
    ]
    User.objects.bulk_create(rows)
    return {row.username: row for row in rows}


def _account(clock: Clock, person: Employee, encoded: str) -> User:
    number = PEOPLE.index(person)
    made_at = clock.ago(DAYS - number / 100) if number < 2 else clock.in_office(DAYS - 3 - number)
    quiet = person.left or person.status != UserStatus.ACTIVE
    return User(
        id=clock.uuid(),
        username=person.username,
        email=f"{person.username}@{DOMAIN}",
        name=person.name,
        password="" if person.left else encoded,
        status=person.status,
        site_roles=list(person.site_roles),
        is_deleted=person.left,
        last_seen_at=clock.in_office(40 if quiet else 0.2 + 3 * clock.chance.random()),
        created_at=made_at,
        updated_at=made_at,
    )


def members_make(
    places: Mapping[str, Organization], people: Mapping[str, User]
) -> list[Membership]:
    """Let everybody belong to the company, and to where they work, with roles there."""
    work = {one.username: (one.place, one.roles) for one in PEOPLE}
    work |= {name: (place, ()) for name, place, *_ in SERVICE_ACCOUNTS}
    rows = [
        Membership(
            user=people[username],
            organization=places[home],
            roles=list(roles) if home == place else [],
            created_at=people[username].created_at,
            updated_at=people[username].created_at,
        )
        for username, (place, roles) in work.items()
        for home in dict.fromkeys((HOME, place))
    ]
    return Membership.objects.bulk_create(rows)


def groups_make(
    clock: Clock, places: Mapping[str, Organization], people: Mapping[str, User]
) -> dict[str, Group]:
    """Make the groups with their members; return them by name."""
    made_at = clock.ago(DAYS - 3)
    groups = {
        name: Group(
            id=clock.uuid(),
            organization=places[place.name],
            name=name,
            display_name=name.replace("-", " ").capitalize(),
            created_at=made_at,
            updated_at=made_at,
        )
        for place in PLACES
        for name in place.groups
    }
    Group.objects.bulk_create(groups.values())
    GroupMembership.objects.bulk_create(
        GroupMembership(user=people[person.username], group=groups[name])
        for person in PEOPLE
        for name in person.groups
        if not person.left
    )
    return groups
