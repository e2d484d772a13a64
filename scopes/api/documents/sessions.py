"""Sessions on the wire."""

from typing import Any

from rest_framework import serializers

from coderauth.http.documents import Choice, Document
from coderauth.http.examples import CREATED_AT, KEY_ID
from coderauth.http.times import NEVER, format_time
from scopes.keys.devices import device_of
from scopes.models import Key, LoginType


class OpenSessionDocument(Document):
    """A session, and the device and address that it was opened from."""

    id = serializers.CharField(help_text="The id of its key.")
    current = serializers.BooleanField(help_text="Whether this very request came with it.")
    login_type = Choice(LoginType.values)
    way = serializers.CharField(
        allow_blank=True, help_text="`password`, `oidc`, `github`, `cli_auth` or `api`."
    )
    device = serializers.CharField(help_text="In words, such as `Firefox on Linux`.")
    user_agent = serializers.CharField(allow_blank=True)
    ip_address = serializers.IPAddressField(help_text="Where it was last used.")
    created_at = serializers.DateTimeField()
    last_used = serializers.DateTimeField(help_text=f"`{NEVER}` when it was never used.")
    expires_at = serializers.DateTimeField()

    example = {
        "id": KEY_ID,
        "current": True,
        "login_type": "password",
        "way": "password",
        "device": "Firefox on Linux",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "ip_address": "203.0.113.5",
        "created_at": CREATED_AT,
        "last_used": CREATED_AT,
        "expires_at": "2026-01-06T09:30:00.123456Z",
    }


class EndedDocument(Document):
    """How many sessions ended."""

    ended = serializers.IntegerField()

    example = {"ended": 2}


def session_document(key: Key, current: str) -> dict[str, Any]:
    """Return a session; `current` is the id of the key that asks."""
    return {
        "id": key.pk,
        "current": key.pk == current,
        "login_type": key.login_type,
        "way": key.way,
        "device": device_of(key.user_agent),
        "user_agent": key.user_agent,
        "ip_address": key.ip_address,
        "created_at": format_time(key.created_at),
        "last_used": format_time(key.last_used_at),
        "expires_at": format_time(key.expires_at),
    }
