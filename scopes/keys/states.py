"""The state of a key in the words of people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from scopes.engine.catalog import FULL
from scopes.models import Key, LoginType

Tone = Literal["success", "warning", "error", "quiet"]
UNUSED_AFTER = timedelta(days=90)
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class KeyState:
    """A word or two, and how they are to be taken."""

    words: str
    tone: Tone


def state_of(key: Key, now: datetime) -> KeyState:
    """Return the state of a key from `KeyQuerySet.judged`; what needs attention goes first."""
    if key.has_expired(now):
        return KeyState("Ended", "quiet")
    if key.is_paused:
        return KeyState("Paused", "warning")
    if not key.is_usable:  # type: ignore[attr-defined]  # Annotated.
        return KeyState("Refused", "error")
    if key.login_type == LoginType.TOKEN:
        full = FULL in key.scopes
        if (key.last_used_at or key.created_at) < now - UNUSED_AFTER:
            return KeyState("Unused, full access" if full else "Unused", "warning")
        if full:
            return KeyState("Full access", "warning")
        if key.has_fixed_end and key.expires_at < now + SOON:
            return KeyState("Ends soon", "warning")
    return KeyState("Active", "success")
