"""How many people there are."""

from collections.abc import Mapping

from accounts.models import User, UserStatus
from accounts.models.users import UserQuerySet


def people_by_kind() -> Mapping[str, UserQuerySet]:
    """Return the living accounts, whoever asks; `people` are without service accounts."""
    living = User.objects.living()
    people = living.filter(is_service_account=False)
    return {
        "people": people,
        "suspended": people.filter(status=UserStatus.SUSPENDED),
        "services": living.filter(is_service_account=True),
    }
