"""Make the whole demo, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from audit.chain import seal
from audit.records import record_untold
from coderauth.management.demo import trail as told
from coderauth.management.demo.company import OWNER
from coderauth.management.demo.keys import sessions_make, tokens_make
from coderauth.management.demo.objects import objects_make
from coderauth.management.demo.people import (
    Clock,
    groups_make,
    members_make,
    organizations_make,
    people_make,
)
from scopes.models import Organization
from scopes.organizations.selectors import default_organization

STEPS = 4
Progress = Callable[[int, int, str], None]


class NotEmpty(Exception):
    """There are people in the database already."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What was made: how much of each, and a token of the owner's, which is shown once."""

    counts: dict[str, int]
    token: str


def demo_make(*, clock: Clock, encoded: str, progress: Progress) -> Demo:
    """Make the demo, whose people all have the password of the hash `encoded`.

    Raises NotEmpty where anybody has, or had, an account.
    """
    home = default_organization()
    with transaction.atomic():
        # As the first user is made: of two at the same instant one wins.
        Organization.objects.select_for_update().get(pk=home.pk)
        if User.objects.exists():
            raise NotEmpty
        demo = _make(clock, encoded, progress)
    seal()
    progress(STEPS, STEPS, "steps: sealed the audit")
    return demo


def _make(clock: Clock, encoded: str, progress: Progress) -> Demo:
    trail = told.Trail(clock)
    places = organizations_make(clock)
    people = people_make(clock, encoded=encoded)
    members = members_make(places, people)
    groups = groups_make(clock, places, people)
    progress(1, STEPS, "steps: made people and organizations")
    tokens, secret = tokens_make(clock, people)
    sessions = sessions_make(clock, people)
    objects = objects_make(clock, places, people, groups)
    progress(2, STEPS, "steps: made keys and objects")
    told.people_told(trail, people, places)
    told.places_told(trail, people, members, groups.values())
    told.keys_told(trail, tokens)
    told.objects_told(trail, objects, people[OWNER.username])
    told.weeks_told(trail, people, sessions)
    record_untold(trail.entries)
    progress(3, STEPS, "steps: wrote the audit")
    machines = sum(row.is_service_account for row in people.values())
    counts = {
        "people": len(people) - machines,
        "service_accounts": machines,
        "organizations": len(places),
        "groups": len(groups),
        "tokens": len(tokens),
        "sessions": len(sessions),
        "objects": len(objects),
        "audit_entries": len(trail.entries),
    }
    return Demo(counts, secret)
