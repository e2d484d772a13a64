"""Send notices: one mail at once, and what follows within ten minutes together in the next."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django_tasks import task

from accounts.models import Notice, User
from accounts.notices.kinds import ONESELF, OPERATOR, Message, in_words
from accounts.passwords.mail import send_notices
from audit.models import Entry
from scopes.keys.devices import device_of
from scopes.models import Key

PAUSE = timedelta(minutes=10)
# After that a mail that failed for good is queued anew: a broken mail server loses none.
TRY_ANEW = timedelta(hours=5)
KEEP = timedelta(days=14)
_PEOPLE_AT_ONCE = 500
_SHOWN = 50  # notices in one mail; how many more there are is said
_DEVICES = 200  # earlier sign-ins that are looked at

_WARNINGS = ((timedelta(days=7), timedelta(days=14)), (timedelta(days=1), timedelta(days=2)))


def notices_queue() -> None:
    """Queue a mail for each person whose notices are due; what was sent long ago is deleted.

    Safe beside other workers: notices are locked, and marked together with the task.
    """
    now = timezone.now()
    with transaction.atomic():
        due: dict[UUID, list[Notice]] = defaultdict(list)
        rows = (
            _due(now).select_for_update(skip_locked=True, of=("self",)).order_by("created_at", "pk")
        )
        for notice in rows[: _PEOPLE_AT_ONCE * 4]:
            due[notice.user_id].append(notice)
        for notices in due.values():
            ids = [notice.pk for notice in notices]
            Notice.objects.filter(pk__in=ids).update(queued_at=now)
            mail_notices.enqueue(ids)
    Notice.objects.filter(sent_at__lt=now - KEEP).delete()


def _due(now: datetime) -> Any:
    recent = Notice.objects.filter(user=OuterRef("user"), queued_at__gt=now - PAUSE)
    waits = Q(queued_at=None) | Q(queued_at__lt=now - TRY_ANEW)
    return Notice.objects.filter(waits, ~Exists(recent), sent_at=None)


@task()
def mail_notices(ids: list[int]) -> None:
    """Mail notices of one person; raises what the mail server raises, and the task tries again.

    Those that the person, or the deployment, has switched off are dropped, as are those of accounts
    without an address.
    """
    notices = list(Notice.objects.filter(pk__in=ids, sent_at=None).order_by("created_at", "pk"))
    if not notices:
        return
    user = User.objects.get(pk=notices[0].user_id)
    off = {*user.muted_notices, *settings.NOTICES_OFF}
    wanted = [one for one in notices if one.kind not in off and _is_news(one)]
    if not user.email:
        wanted = []
    # What is dropped must not delay what comes next.
    kept = [one.pk for one in wanted]
    dropped = Notice.objects.filter(pk__in=ids).exclude(pk__in=kept)
    dropped.filter(mark=None).delete()
    dropped.update(queued_at=None, sent_at=timezone.now())  # Marked, so that it is told once.
    if wanted:
        send_notices(user, _messages(user, wanted[:_SHOWN]), more=max(len(wanted) - _SHOWN, 0))
        Notice.objects.filter(pk__in=kept).update(sent_at=timezone.now())


def notices_of_endings() -> None:
    """Tell owners of tokens that end in 7 days, and in 1; each once for each end.

    Tokens that never live longer than that are not told of.
    """
    now = timezone.now()
    for before, shortest in _WARNINGS:
        keys = Key.objects.tokens().filter(
            paused_at=None,
            lifetime_seconds__gte=shortest.total_seconds(),
            expires_at__range=(now, now + before),
            user__is_deleted=False,
        )
        Notice.objects.bulk_create(
            (_ending(key, before) for key in keys.iterator(chunk_size=1000)),
            batch_size=1000,
            ignore_conflicts=True,
        )


def _ending(key: Key, before: timedelta) -> Notice:
    ends = f"{key.expires_at:%-d %B %Y, %H:%M} UTC"
    return Notice(
        user_id=key.user_id,
        kind="key_ending",
        facts={"key": key.name, "ends": ends, "actor_id": ""},
        mark=f"{key.pk} {before.days} {key.expires_at.isoformat()}",
    )


def _is_news(notice: Notice) -> bool:
    """Say whether a sign-in came with a device that its person has not used before.

    The first sign-in of an account is none.
    """
    if notice.kind != "new_device":
        return True
    earlier = Entry.objects.filter(
        actor_id=notice.user_id, action="login", resource_type="api_key", status_code__lt=400,
        at__lt=notice.facts["at"],
    ).order_by("-at")[:_DEVICES]  # fmt: skip
    known = {device_of(agent) for agent in earlier.values_list("user_agent", flat=True)}
    return bool(known) and device_of(notice.facts["user_agent"]) not in known


def _messages(user: User, notices: Iterable[Notice]) -> Sequence[Message]:
    rows = list(notices)
    actors = {one.facts["actor_id"] for one in rows if one.facts.get("actor_id")}
    names = {str(one.pk): one.username for one in User.objects.filter(pk__in=actors)}
    return [in_words(one.kind, _facts(user, one, names)) for one in rows]


def _facts(user: User, notice: Notice, names: dict[str, str]) -> dict[str, Any]:
    actor = notice.facts.get("actor_id", "")
    by = ONESELF if actor == str(user.pk) else names.get(actor, OPERATOR)
    facts = {**notice.facts, "account": user.username, "by": by, "url": settings.ACCESS_URL}
    if "user_agent" in facts:
        facts["device"] = device_of(facts["user_agent"])
    return facts
