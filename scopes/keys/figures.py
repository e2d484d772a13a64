"""How many keys need attention, for the overview."""

from dataclasses import dataclass

from django.db.models import Count, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from scopes.engine.catalog import FULL
from scopes.keys.states import SOON, UNUSED_AFTER
from scopes.models import Key


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Tokens that have not ended."""

    unused: int
    never_used: int
    ending: int
    full: int


def key_figures() -> KeyFigures:
    """Count everybody's tokens, whoever asks. One query."""
    now = timezone.now()
    since = now - UNUSED_AFTER
    tokens = Key.objects.tokens().unexpired(now).alias(text=Cast("scopes", TextField()))
    never = Q(last_used_at=None)
    found = tokens.aggregate(
        unused=Count("pk", filter=Q(last_used_at__lt=since) | (never & Q(created_at__lt=since))),
        never_used=Count("pk", filter=never),
        ending=Count("pk", filter=Q(expires_at__lt=now + SOON)),
        full=Count("pk", filter=Q(text__contains=f'"{FULL}"')),
    )
    return KeyFigures(**found)
