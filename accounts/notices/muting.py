"""Choose which notices one gets by mail."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from accounts.notices.kinds import KINDS
from accounts.owners import person_get
from audit.records import attempt, difference
from coderauth.errors import InvalidRequest, NotFound, Validation
from scopes.actors import Actor
from scopes.callers import Caller
from scopes.engine.decision import decide
from scopes.people import user_object
from scopes.standing import standing


@dataclass(frozen=True, slots=True)
class Preference:
    """A kind of notice, whether the person gets it, and whether the deployment sends it at all."""

    kind: str
    about: str
    is_on: bool
    is_sent: bool


def preferences(*, caller: Caller, user: Any) -> list[Preference]:
    """Return which notices a person gets; raises NotFound for strangers. One query."""
    if not decide(caller.subject, "read_personal", user_object(user.pk)):
        raise NotFound("not_found")
    muted = User.objects.values_list("muted_notices", flat=True).get(pk=user.pk)
    return [
        Preference(
            kind.name, kind.about, kind.name not in muted, kind.name not in settings.NOTICES_OFF
        )
        for kind in KINDS.values()
    ]


def notices_mute(*, caller: Actor, user: Any, kinds: Collection[str]) -> None:
    """Have a person get all notices but these.

    Raises InvalidRequest for unknown kinds, NotFound without the permission.
    """
    about = {"actor_id": caller.id, "resource_id": user.pk, "resource_target": user.username}
    with (
        attempt("write", "user", **about) as act,
        standing(caller, changes=Q(pk=user.pk)) as caller,
    ):
        if not decide(caller.subject, "update_personal", user_object(user.pk)):
            raise NotFound("not_found")
        unknown = sorted({*kinds} - KINDS.keys())
        if unknown:
            reason = f"There is no notice {', '.join(unknown)}."
            raise InvalidRequest("validation_failed", validations=[Validation("muted", reason)])
        row = person_get(user.pk)
        before = {"muted_notices": row.muted_notices}
        row.muted_notices = [name for name in KINDS if name in kinds]
        row.save(update_fields=["muted_notices"])
        after = {"muted_notices": row.muted_notices}
        act.succeed(status_code=204, diff=difference(before, after))
