"""The objects of the demo: templates and workspaces, shared with people and groups."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from coderauth.management.demo.company import PEOPLE, PLACES
from coderauth.management.demo.people import HOME, Clock
from scopes.models import Group, Organization, RegisteredObject

_SHARED = ["application_connect", "read", "ssh"]


def objects_make(
    clock: Clock,
    places: Mapping[str, Organization],
    people: Mapping[str, User],
    groups: Mapping[str, Group],
) -> list[RegisteredObject]:
    """Register templates for each group, and a workspace for about every second person."""
    rows = []
    for place in PLACES:
        home = places[place.name]
        for name in place.groups:
            everybody, some = {str(home.pk): ["read", "use"]}, str(groups[name].pk)
            rows.append(_row(clock, "template", home, None, acl_groups=everybody))
            few = {some: ["read", "update", "use"]}
            rows.append(_row(clock, "template", home, None, acl_groups=few))
    working = [person for person in PEOPLE if not person.left and person.place != HOME]
    for number, person in enumerate(working[::2]):
        colleague = people[clock.chance.choice(working).username]
        kind = "workspace_dormant" if person.status != "active" else "workspace"
        users = {str(colleague.pk): _SHARED} if number % 3 == 0 else {}
        shares = person.groups and number % 4 == 1
        team = {str(groups[person.groups[0]].pk): ["read"]} if shares else {}
        owner, home = people[person.username], places[person.place]
        rows.append(_row(clock, kind, home, owner, acl_users=users, acl_groups=team))
    RegisteredObject.objects.bulk_create(rows)
    return rows


def _row(
    clock: Clock, kind: str, home: Organization, owner: User | None, **lists: Any
) -> RegisteredObject:
    made_at = clock.in_office(clock.chance.uniform(2, 50))
    return RegisteredObject(
        type=kind,
        object_id=clock.uuid(),
        owner=owner,
        organization=home,
        created_at=made_at,
        updated_at=made_at,
        **lists,
    )
