"""What the audit counts, for the overview."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from audit.models import Entry

_REFUSED = Q(status_code__gte=400)


@dataclass(frozen=True, slots=True)
class AuditFigures:
    """`sealed_until` is when the newest sealed entry was made, and `unsealed` how many wait."""

    failed_sign_ins: int
    sealed_until: datetime | None
    unsealed: int
    unsealed_since: datetime | None


@dataclass(frozen=True, slots=True)
class Day:
    """The sign-ins of a day, in UTC."""

    label: str
    succeeded: int
    failed: int


def audit_figures() -> AuditFigures:
    """Count failed sign-ins of today, and what is not sealed. Three queries on indexes."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    failed = Entry.objects.filter(_REFUSED, action="login", at__gte=today).count()
    newest = Entry.objects.sealed().order_by("-sequence").values_list("at", flat=True).first()
    waiting = Entry.objects.unsealed().aggregate(number=Count("pk"), since=Min("at"))
    return AuditFigures(failed, newest, waiting["number"], waiting["since"])


def sign_ins_by_day(days: int) -> Sequence[Day]:
    """Return the sign-ins of the last days, oldest day first. One query."""
    today = timezone.now().date()
    first = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    since = first - timedelta(days=days - 1)
    found = {
        row["day"]: row
        for row in Entry.objects.filter(action="login", at__gte=since)
        .annotate(day=TruncDate("at"))
        .values("day")
        .annotate(failed=Count("pk", filter=_REFUSED), all=Count("pk"))
        .order_by("day")
    }
    listed = []
    for back in range(days - 1, -1, -1):
        day = today - timedelta(days=back)
        row = found.get(day, {"failed": 0, "all": 0})
        listed.append(Day(f"{day:%-d %b}", row["all"] - row["failed"], row["failed"]))
    return listed
