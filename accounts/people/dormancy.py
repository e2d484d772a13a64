"""Make people dormant who have not been seen for a long time, and wake them when they show up.

They show up by signing in, or by using a key (accounts.md 1.10).
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User, UserStatus
from accounts.people.users import tracked
from audit.records import difference, record

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
            rows = users_unseen(unseen_since).order_by("pk").select_for_update()
            if after is not None:
                rows = rows.filter(pk__gt=after)
            people = list(rows[:BATCH])
            for user in people:
                _set_status(user, UserStatus.DORMANT, timezone.now())
        if not people:
            return
        after = people[-1].pk
        yield len(people)


def user_wake(user_id: UUID | str, *, now: datetime | None = None) -> bool:
    """Make a dormant user active because they showed up; return whether that changed anything."""
    with transaction.atomic():
        asleep = User.objects.filter(pk=user_id, status=UserStatus.DORMANT)
        user = asleep.select_for_update().first()
        if user is not None:
            _set_status(user, UserStatus.ACTIVE, now or timezone.now(), actor_id=user.pk)
    return user is not None


def _set_status(
    user: User, status: UserStatus, now: datetime, *, actor_id: UUID | None = None
) -> None:
    before = tracked(user)
    user.status, user.updated_at = status, now
    user.save(update_fields=["status", "updated_at"])
    record(
        action="write",
        resource_type="user",
        resource_id=user.pk,
        resource_target=user.username,
        actor_id=actor_id,
        diff=difference(before, tracked(user)),
        additional_fields=AUTOMATIC,
    )
