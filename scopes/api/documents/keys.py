"""Keys on the wire."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from coderauth.http.documents import Choice, Document
from coderauth.http.examples import CREATED_AT, KEY_ID, PERSON_ID, SECRET
from coderauth.http.times import NEVER, format_time
from scopes.engine.catalog import APPLICATION_CONNECT, FULL
from scopes.keys.rows import renews
from scopes.keys.usage import KeyUsage
from scopes.models import Key, LoginType


class SecretDocument(Document):
    """A new key, `<id>-<secret>`. It is shown this once."""

    key = serializers.CharField()

    example = {"key": SECRET}


class KeyDocument(Document):
    """A key without its secret."""

    id = serializers.CharField(help_text="The part of the key before the hyphen.")
    user_id = serializers.UUIDField()
    last_used = serializers.DateTimeField(help_text=f"`{NEVER}` when it was never used.")
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    login_type = Choice(LoginType.values)
    scope = Choice(
        ["all", "application_connect", ""],
        help_text="Older form of `scopes`; empty for a narrowed key.",
    )
    scopes = serializers.ListField(child=serializers.CharField())
    token_name = serializers.CharField(allow_blank=True)
    lifetime_seconds = serializers.IntegerField()
    allow_list = serializers.ListField(
        child=serializers.CharField(), help_text="`type:id` entries; `*:*` is everything."
    )
    renews = serializers.BooleanField(help_text="Whether use moves the end.")
    paused = serializers.BooleanField(help_text="A paused key is refused until it is resumed.")
    rotated_at = serializers.DateTimeField(
        allow_null=True, help_text="When it got its present secret; `null` if it is its first."
    )
    old_valid_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when the secret before works; `null` if there is none."
    )

    example = {
        "id": KEY_ID,
        "user_id": PERSON_ID,
        "last_used": NEVER,
        "expires_at": "2026-01-12T09:30:00.123456Z",
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
        "login_type": "token",
        "scope": "",
        "scopes": ["workspace:read"],
        "token_name": "ci",
        "lifetime_seconds": 604800,
        "allow_list": ["*:*"],
        "renews": True,
        "paused": False,
        "rotated_at": None,
        "old_valid_until": None,
    }


class RotatedDocument(SecretDocument):
    """A key with its new secret, and until when the old one works. It is shown this once."""

    old_valid_until = serializers.DateTimeField(
        allow_null=True, help_text="`null`: the old secret has ended."
    )

    example = {**SecretDocument.example, "old_valid_until": "2026-01-13T09:30:00.123456Z"}


class UseDocument(Document):
    """A scope, and the last hour in which something that it permits was done."""

    scope = serializers.CharField()
    last_used = serializers.DateTimeField()

    example = {"scope": "workspace:read", "last_used": "2026-01-05T09:00:00Z"}


class UsageDocument(Document):
    """What a key holds, what of it was used, and what never."""

    held = serializers.ListField(child=serializers.CharField())
    used = UseDocument(many=True)
    unused = serializers.ListField(
        child=serializers.CharField(), help_text="Empty for a key that may do everything."
    )
    trim = serializers.ListField(
        child=serializers.CharField(),
        help_text="The narrowest scopes that would do; send them when you rotate the key.",
    )

    example = {
        "held": ["workspace:*", "user:read"],
        "used": [{"scope": "workspace:*", "last_used": "2026-01-05T09:00:00Z"}],
        "unused": ["user:read"],
        "trim": ["workspace:read"],
    }


def usage_document(usage: KeyUsage) -> dict[str, Any]:
    """Return what a key was used for."""
    return {
        "held": [*usage.held],
        "used": [
            {"scope": use.scope, "last_used": format_time(use.last_used)} for use in usage.used
        ],
        "unused": [*usage.unused],
        "trim": [*usage.trim],
    }


class ListedKeyDocument(KeyDocument):
    """A key in a list."""

    username = serializers.CharField(
        allow_blank=True, help_text="Empty where the caller may not read every listed user."
    )

    example = {**KeyDocument.example, "username": "ada"}


class CeilingDocument(Document):
    """What a new token of somebody may be: the strictest of all ceilings that are about them."""

    max_lifetime = serializers.IntegerField(help_text="Nanoseconds.")
    full_access = serializers.BooleanField(help_text="Whether it may have the scope `coder:all`.")
    scopes = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="What may be granted; `null`: all.",
    )
    fixed_ends = serializers.BooleanField(help_text="Whether no use may move its end.")
    max_keys = serializers.IntegerField(
        allow_null=True, help_text="How many tokens one may have; `null`: any number."
    )
    sources = serializers.DictField(
        child=serializers.CharField(),
        help_text="By the name of a field: the setting, role or organization it comes from.",
    )

    example = {
        "max_lifetime": 604800000000000,
        "full_access": False,
        "scopes": None,
        "fixed_ends": False,
        "max_keys": 20,
        "sources": {
            "max_lifetime": "CODERAUTH_MAX_TOKEN_LIFETIME",
            "full_access": "The organization acme",
            "max_keys": "The site role Member",
        },
    }


class TokenConfigDocument(Document):
    """The limits of a new token of a user."""

    max_token_lifetime = serializers.IntegerField(help_text="Nanoseconds.")
    ceilings = CeilingDocument()

    example = {
        "max_token_lifetime": 3155760000000000000,
        "ceilings": CeilingDocument.example,
    }


def key_document(key: Key) -> dict[str, Any]:
    """Return a key without its secret; `scope` is the older, single-valued form of `scopes`."""
    return {
        "id": key.pk,
        "user_id": str(key.user_id),
        "last_used": format_time(key.last_used_at),
        "expires_at": format_time(key.expires_at),
        "created_at": format_time(key.created_at),
        "updated_at": format_time(key.updated_at),
        "login_type": key.login_type,
        "scope": _legacy_scope(key.scopes),
        "scopes": key.scopes,
        "token_name": key.name,
        "lifetime_seconds": key.lifetime_seconds,
        "allow_list": key.allow_list,
        "renews": renews(key),
        "paused": key.is_paused,
        "rotated_at": _time_or_none(key.rotated_at),
        "old_valid_until": _time_or_none(key.old_valid_until),
    }


def rotated_document(key: Key, secret: str) -> dict[str, Any]:
    return {"key": secret, "old_valid_until": _time_or_none(key.old_valid_until)}


def _time_or_none(time: datetime | None) -> str | None:
    return None if time is None else format_time(time)


def _legacy_scope(scopes: list[str]) -> str:
    if APPLICATION_CONNECT in scopes:
        return "application_connect"
    return "all" if FULL in scopes else ""
