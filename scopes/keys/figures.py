"""Keys that need attention: which they are, and how many."""

from collections.abc import Mapping
from datetime import datetime

from scopes.engine.catalog import FULL
from scopes.keys.states import SOON, UNUSED_AFTER
from scopes.models import KeyQuerySet


def needing_attention(keys: KeyQuerySet, now: datetime) -> Mapping[str, KeyQuerySet]:
    """Return the tokens among these keys that need attention, by why."""
    living = keys.tokens().unexpired(now)
    return {
        "unused": living.idle_since(now - UNUSED_AFTER),
        "never_used": living.filter(last_used_at=None),
        "ending": living.filter(expires_at__lt=now + SOON),
        "full": living.with_scope(FULL),
    }
