"""A key as a row: how to find it, judge it and record it in the audit."""

from typing import Any

from django.conf import settings

from coderauth.http.times import format_time
from scopes.engine.decision import Object
from scopes.models import KEY_ID_LENGTH, Key


def key_object(key: Key) -> Object:
    return Object(type="api_key", id=key.pk, owner=str(key.user_id))


def key_find(key_id: str) -> Key | None:
    """Return a key by its id, whoever asks; a text that is not an id costs no query."""
    return Key.objects.filter(pk=key_id).first() if key_id_is_possible(key_id) else None


def key_id_is_possible(text: str) -> bool:
    """Say whether a text could be the id of a key."""
    return len(text) == KEY_ID_LENGTH and text.isascii() and text.isalnum()


def renews(key: Key) -> bool:
    """Say whether use moves the end of a key."""
    return settings.SESSION_EXPIRY_REFRESH and not key.has_fixed_end


def key_about(key: Key) -> dict[str, Any]:
    """Return what an audit entry says about an act on a key."""
    return {"resource_id": key.user_id, "resource_target": key.name}


def tracked(key: Key) -> dict[str, Any]:
    """Return what the audit keeps about a key: neither the secret nor its hash."""
    return {
        "user_id": str(key.user_id),
        "last_used": format_time(key.last_used_at),
        "expires_at": format_time(key.expires_at),
        "paused": key.is_paused,
        "rotated_at": None if key.rotated_at is None else format_time(key.rotated_at),
        "created_at": format_time(key.created_at),
        "scopes": list(key.scopes),
        "allow_list": list(key.allow_list),
    }
