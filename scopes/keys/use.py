"""Note that a key was used, and let its expiry slide; a request pays for it once an hour."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction

from audit.records import Origin, difference, record
from coderauth.http.times import format_time
from scopes.callers import Caller
from scopes.models import Key, LoginType

logger = logging.getLogger(__name__)

REFRESH_EVERY = timedelta(hours=1)


def note_use(caller: Caller, expires_at: datetime, now: datetime, address: str) -> None:
    """Note the use of a key and let its expiry slide, at most once an hour (accounts.md 1.10)."""
    changes = changes_due(caller, expires_at, now)
    if not changes:
        return
    if "last_used_at" in changes:
        changes["ip_address"] = address
    users = get_user_model()._default_manager
    try:
        with _ShortWait(), transaction.atomic():
            # The user before the key, as a password change takes them: no deadlock.
            users.filter(pk=caller.id).update(last_seen_at=now, updated_at=now)
            # Only the row as it was read: an expiry set meanwhile must not be undone.
            judged = Key.objects.filter(pk=caller.key_id, expires_at=expires_at)
            if caller.last_used_at is None and caller.key_login_type == LoginType.TOKEN:
                _record_use(caller, judged.filter(last_used_at=None).first(), "first_use", now)
            if caller.uses_old_secret and caller.old_last_used_at is None:
                unused = judged.filter(old_last_used_at=None, old_hashed_secret=caller.proof)
                _record_use(caller, unused.first(), "old_secret", now)
            judged.update(**changes)
        caller.was_seen(now)
    except DatabaseError:
        # Best effort: a valid key must not be refused because the database is busy.
        logger.warning("The use of key %s was not noted", caller.key_id, exc_info=True)


def changes_due(caller: Caller, expires_at: datetime, now: datetime) -> dict[str, Any]:
    """Return what a use changes in the key's row: nothing, except once an hour."""
    changes: dict[str, Any] = {}
    last_used_at = caller.last_used_at
    if last_used_at is None or now - last_used_at > REFRESH_EVERY:
        changes["last_used_at"] = now
    if caller.uses_old_secret:
        old_last_used_at = caller.old_last_used_at
        if old_last_used_at is None or now - old_last_used_at > REFRESH_EVERY:
            changes["old_last_used_at"] = now
    lifetime = timedelta(seconds=caller.lifetime_seconds)
    if settings.SESSION_EXPIRY_REFRESH and expires_at - now <= lifetime - REFRESH_EVERY:
        extended = min(now + lifetime, caller.not_after or datetime.max.replace(tzinfo=UTC))
        if extended > expires_at:  # A key at its limit must not be written on every request.
            changes["expires_at"] = extended
    return changes


def _record_use(caller: Caller, key: Key | None, what: str, now: datetime) -> None:
    """Record the first use of a token, or of its old secret since it was rotated.

    Sessions are recorded by their sign-in.
    """
    if key is None:  # Another request was first.
        return
    record(
        action="write",
        actor_id=caller.id,
        resource_type="api_key",
        resource_id=caller.id,
        resource_target=key.name,
        diff=difference(
            {"last_used": format_time(key.last_used_at)}, {"last_used": format_time(now)}
        ),
        additional_fields={what: True},
        origin=replace(Origin.current(), key_id=caller.key_id),
    )


class _ShortWait:
    """Wait only a moment for SQLite's write lock, not for its whole busy timeout."""

    def __enter__(self) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 250")

    def __exit__(self, *exc: object) -> None:
        if connection.vendor == "sqlite":
            seconds = connection.settings_dict["OPTIONS"].get("timeout", 5)
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
