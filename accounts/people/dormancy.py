"""Make people dormant who have not been seen for a long time, and wake them when they show up.

They show up by signing in, or by using a key (accounts.md 1.10).
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User, UserStatus
from accounts.people.users import tracked
from audit.changes import changing
from audit.records import Attempt

BATCH = 500
AUTOMATIC = {"automatic_actor": "coder", "automatic_subsystem": "dormancy"}


def users_unseen(since: datetime) -> QuerySet[User]:
    """Return active people not seen since then; for the never seen, the creation counts."""
    return (
        User.objects.living()
        .alias(seen_at=Coalesce("last_seen_at", "created_at"))
        .filter(status=UserStatus.ACTIVE, seen_at__lt=since)
    )


def users_mark_dormant(*, unseen_since: datetime) -> Iterator[int]:
    """Make these people dormant, one batch in a transaction; yield the size of each batch."""
    after: UUID | None = None
    while True:
        with transaction.atomic():
            rows = users_unseen(unseen_since).order_by("pk").select_for_update(no_key=True)
            if after is not None:
                rows = rows.filter(pk__gt=after)
            people = list(rows[:BATCH])
            for user in people:
                _set_status(user, UserStatus.DORMANT)
        if not people:
            return
        after = people[-1].pk
        yield len(people)


def user_wake(user_id: UUID | str) -> bool:
    """Make a dormant user active because they showed up; return whether that changed anything."""
    with transaction.atomic():
        asleep = User.objects.filter(pk=user_id, status=UserStatus.DORMANT)
        user = asleep.select_for_update(no_key=True).first()
        if user is not None:
            _set_status(user, UserStatus.ACTIVE, actor_id=user.pk)
    return user is not None


def _set_status(user: User, status: UserStatus, *, actor_id: UUID | None = None) -> None:
    act = Attempt(
        "write", "user", user.pk, user.username, actor_id, additional_fields={**AUTOMATIC}
    )
    with changing(user, tracked, act):
        user.status = status
