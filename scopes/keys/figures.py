"""Keys that need attention: which they are, and how many."""

from collections.abc import Mapping
from datetime import datetime

from coderauth.counting import count_each
from scopes.engine.catalog import FULL
from scopes.keys.states import SOON, UNUSED_AFTER
from scopes.models import Key, KeyQuerySet


def needing_attention(keys: KeyQuerySet, now: datetime) -> Mapping[str, KeyQuerySet]:
    """Return the tokens among these keys that need attention, by why."""
    living = keys.tokens().unexpired(now)
    return {
        "unused": living.idle_since(now - UNUSED_AFTER),
        "never_used": living.filter(last_used_at=None),
        "ending": living.filter(expires_at__lt=now + SOON),
        "full": living.with_scope(FULL),
    }


def key_figures(now: datetime) -> dict[str, int]:
    """Count everybody's tokens that need attention, exactly, whoever asks. One query."""
    return count_each(needing_attention(Key.objects.all(), now), most=None)
