"""What the audit of the demo says: how its rows came to be, and weeks of signing in and out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import User
from accounts.people.users import tracked as user_tracked
from audit.models import Entry
from audit.records import Attempt, Diff, Origin, difference
from coderauth.http.times import format_time
from coderauth.management.demo.company import DEVICES, OWNER, PEOPLE
from coderauth.management.demo.keys import address, key_id
from coderauth.management.demo.people import HOME, Clock
from scopes.keys.rows import tracked as key_tracked
from scopes.models import Group, Key, Membership, Organization, RegisteredObject

SIGN_IN_EVERY = 2.4  # days, about
_REFUSED = 401


@dataclass(slots=True)
class Trail:
    """Entries that are gathered, to be stored together and then chained by their times."""

    clock: Clock
    entries: list[Entry] = field(default_factory=list)

    def add(
        self,
        at: datetime,
        action: str,
        kind: str,
        target: str = "",
        *,
        about: object = "",
        by: UUID | None = None,
        within: UUID | None = None,
        status: int = 200,
        diff: Diff | None = None,
        device: str = DEVICES[0],
        key: str = "",
        **more: Any,
    ) -> None:
        act = Attempt(action, kind, about, target, by, within, additional_fields=more)
        origin = Origin(
            ip_address=address(self.clock),
            user_agent=device,
            request_id=str(self.clock.uuid()),
            key_id="" if action == "login" else key or key_id(self.clock),
        )
        self.entries.append(act.entry(status, diff, origin, min(at, self.clock.now)))


def people_told(
    trail: Trail, people: Mapping[str, User], places: Mapping[str, Organization]
) -> None:
    """Say who made the organizations and accounts, and what became of some of them."""
    owner = people[OWNER.username]
    for row in people.values():
        by = None if row.pk == owner.pk else owner.pk
        made = difference({}, {**user_tracked(row), "status": "dormant", "deleted": False})
        what: dict[str, Any] = {"about": row.pk, "by": by, "status": 201, "diff": made}
        trail.add(row.created_at, "create", "user", row.username, **what)
    for home in places.values():
        if home.name != HOME:
            at = home.created_at + timedelta(hours=1)
            what = {"about": home.pk, "by": owner.pk, "within": home.pk, "status": 201}
            trail.add(at, "create", "organization", home.name, **what)
    for person in PEOPLE:
        row = people[person.username]
        if person.status == "suspended":
            change = difference({"status": "active"}, {"status": "suspended"})
            _changed(trail, row, owner, 25, change)
        elif person.left:
            gone = difference({**user_tracked(row), "deleted": False}, {})
            at = trail.clock.in_office(30)
            trail.add(at, "delete", "user", row.username, about=row.pk, by=owner.pk, diff=gone)
        if person.site_roles and row.pk != owner.pk:
            change = difference({"rbac_roles": []}, {"rbac_roles": list(person.site_roles)})
            _changed(trail, row, owner, 60, change)


def _changed(trail: Trail, row: User, by: User, days: float, diff: Diff) -> None:
    at = trail.clock.in_office(days)
    trail.add(at, "write", "user", row.username, about=row.pk, by=by.pk, diff=diff)


def places_told(
    trail: Trail,
    people: Mapping[str, User],
    members: Iterable[Membership],
    groups: Iterable[Group],
) -> None:
    """Say who joined which organization with which roles, and who made the groups."""
    owner = people[OWNER.username].pk
    for row in members:
        if row.organization.is_default:
            continue  # Everybody is made in it.
        joined, kind, name = row.created_at, "organization_member", row.user.username
        what: dict[str, Any] = {"about": row.user_id, "by": owner, "within": row.organization_id}
        trail.add(joined + timedelta(minutes=5), "create", kind, name, **what)
        if row.roles:
            roles = difference({"roles": []}, {"roles": list(row.roles)})
            trail.add(joined + timedelta(hours=2), "write", kind, name, diff=roles, **what)
    for group in groups:
        what = {"about": group.pk, "by": owner, "within": group.organization_id, "status": 201}
        trail.add(group.created_at, "create", "group", group.name, **what)


def keys_told(trail: Trail, keys: Iterable[Key]) -> None:
    """Say who made each token, used it first, and paused or rotated it."""
    for key in keys:
        what: dict[str, Any] = {"about": key.user_id, "by": key.user_id}
        diff = difference({}, {**key_tracked(key), "paused": False, "rotated_at": None})
        trail.add(key.created_at, "create", "api_key", key.name, status=201, diff=diff, **what)
        if key.last_used_at:
            first = min(key.created_at + timedelta(hours=3), key.last_used_at)
            what |= {"key": key.pk, "device": DEVICES[-1]}
            trail.add(first, "write", "api_key", key.name, first_use=True, **what)
        if key.paused_at:
            diff = difference({"paused": False}, {"paused": True})
            trail.add(key.paused_at, "write", "api_key", key.name, diff=diff, **what)
        if key.rotated_at:
            diff = difference({"rotated_at": None}, {"rotated_at": format_time(key.rotated_at)})
            trail.add(key.rotated_at, "write", "api_key", key.name, diff=diff, **what)


def objects_told(trail: Trail, objects: Iterable[RegisteredObject], by: User) -> None:
    """Say who registered the objects."""
    for row in objects:
        what: dict[str, Any] = {"about": row.object_id, "by": row.owner_id or by.pk, "status": 201}
        what |= {"within": row.organization_id, "device": DEVICES[-1]}
        trail.add(row.created_at, "create", row.type, str(row.object_id), **what)


def weeks_told(trail: Trail, people: Mapping[str, User], sessions: Iterable[Key]) -> None:
    """Say who signed in, now and then with a wrong password, from the day that they joined."""
    for person in PEOPLE:
        _sign_ins_told(trail, people[person.username])
    for key in sessions:
        what: dict[str, Any] = {"about": key.user_id, "by": key.user_id, "status": 201}
        trail.add(key.created_at, "login", "api_key", device=key.user_agent, **what)
    _refusals_told(trail, people)


def _sign_ins_told(trail: Trail, row: User) -> None:
    chance, until = trail.clock.chance, row.last_seen_at or row.created_at
    what: dict[str, Any] = {"about": row.pk, "by": row.pk, "device": chance.choice(DEVICES[:-1])}
    at = row.created_at + timedelta(hours=2)
    while at < until:
        if chance.random() < 0.06:
            trail.add(at - timedelta(minutes=1), "login", "api_key", status=_REFUSED, **what)
        trail.add(at, "login", "api_key", status=201, **what)
        if chance.random() < 0.2:
            trail.add(at + timedelta(hours=4), "logout", "api_key", **what)
        at += timedelta(days=chance.uniform(0.5, 2 * SIGN_IN_EVERY))
        at = at.replace(hour=chance.randint(7, 17), minute=chance.randrange(60))


def _refusals_told(trail: Trail, people: Mapping[str, User]) -> None:
    """Say what was tried in vain, so that there is something to find."""
    owner, clock = people[OWNER.username], trail.clock
    for days in (33.0, 17.0, 3.0):
        for name in ("oskar-holm", "ben-carter", "chloe-martin"):
            what: dict[str, Any] = {"about": owner.pk, "by": people[name].pk, "status": 404}
            trail.add(clock.in_office(days), "write", "user", owner.username, **what)
    for _ in range(12):
        at = clock.ago(11) + timedelta(minutes=20 * clock.chance.random())
        trail.add(at, "login", "api_key", status=_REFUSED, device="curl/8.14.1")
