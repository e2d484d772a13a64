"""How many people there are, for the overview."""

from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import User, UserStatus


@dataclass(frozen=True, slots=True)
class PeopleFigures:
    """Living accounts; `people` are without service accounts."""

    people: int
    suspended: int
    services: int


def people_figures() -> PeopleFigures:
    """Count everybody, whoever asks. One query."""
    person = Q(is_service_account=False)
    found = User.objects.living().aggregate(
        people=Count("pk", filter=person),
        suspended=Count("pk", filter=person & Q(status=UserStatus.SUSPENDED)),
        services=Count("pk", filter=~person),
    )
    return PeopleFigures(**found)
