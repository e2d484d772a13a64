"""Keys that move in from a Coder database, whose hashes are the same bytes (decision D7)."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from coderauth.http.client import NO_ADDRESS
from scopes.callers import EVERYTHING
from scopes.engine import allow_list as allow_lists
from scopes.engine.catalog import UnknownScopeError, canonical, expand
from scopes.keys.rows import key_id_is_possible
from scopes.models import Key, LoginType

MOVED = (LoginType.TOKEN, LoginType.PASSWORD)
FIELDS = ("hashed_secret", "name", "scopes", "allow_list", "lifetime_seconds", "expires_at")


class Outcomes(Protocol):
    """Where outcomes are noted."""

    def note(self, kind: str, outcome: str, reason: str = "", what: str = "") -> None: ...


def keys_take(
    rows: Sequence[Mapping[str, Any]],
    *,
    owners: Collection[UUID],
    now: datetime,
    report: Outcomes,
    writes: bool,
) -> None:
    """Store a batch in one transaction.

    A key that was changed here since, such as a rotated one, stays as it is here. Ceilings are not
    asked: `tokens review` lists what is above them.
    """
    with transaction.atomic():
        ids = [row["id"] for row in rows]
        here = {key.pk: key for key in Key.objects.select_for_update().filter(pk__in=ids)}
        people = {UUID(row["user_id"]) for row in rows}
        names = set(
            Key.objects.tokens().filter(user_id__in=people).values_list("user_id", "name", "pk")
        )
        held = {(user, name): pk for user, name, pk in names}
        made = []
        for row in rows:
            key, reason = _key(row, owners, now)
            if key is not None and held.setdefault((key.user_id, key.name), key.pk) != key.pk:
                reason = "its owner has another key of that name here"
            if key is None or (reason and key.login_type == LoginType.TOKEN):
                report.note("keys", "left_out", reason, str(row["id"]))
                continue
            stored = here.get(key.pk)
            if stored is None:
                report.note("keys", "created")
                made.append(key)
            else:
                _compare(stored, key, report, writes=writes)
        if writes:
            Key.objects.bulk_create(made)


def _compare(stored: Key, key: Key, report: Outcomes, *, writes: bool) -> None:
    key.hashed_secret = bytes(key.hashed_secret)
    stored.hashed_secret = bytes(stored.hashed_secret)
    changed_here = stored.updated_at > key.updated_at or stored.user_id != key.user_id
    if not changed_here:
        # Either side's use moves it on.
        used = [one for one in (stored.last_used_at, key.last_used_at) if one]
        key.last_used_at = max(used, default=None)
        key.expires_at = max(stored.expires_at, key.expires_at)
    compared = (*FIELDS, "last_used_at")
    differs = [name for name in compared if getattr(stored, name) != getattr(key, name)]
    if not differs:
        report.note("keys", "unchanged")
    elif changed_here:
        report.note("keys", "kept", "changed here since, kept as here", key.pk)
    else:
        report.note("keys", "updated")
        if writes:
            for name in (*differs, "updated_at"):
                setattr(stored, name, getattr(key, name))
            stored.save()


def _key(row: Mapping[str, Any], owners: Collection[UUID], now: datetime) -> tuple[Key | None, str]:
    """Return the key as it would be, or why there is none."""
    owner, secret = UUID(row["user_id"]), bytes(row["hashed_secret"])
    scopes, allowed = _scopes(row.get("scopes")), list(row.get("allow_list") or [EVERYTHING])
    name = row["token_name"] or f"token-{row['id']}"
    reasons = {
        "its owner was left out": owner not in owners,
        "expired": row["expires_at"] < now,
        "a session of a provider or an application": row["login_type"] not in MOVED,
        "its id, hash or name cannot be used here": not key_id_is_possible(row["id"])
        or len(secret) != 32
        or len(name) > 255,
        "it holds no scope that is known here": not scopes,
        "its allow list cannot be read here": not _are_allowed(allowed),
    }
    for reason, applies in reasons.items():
        if applies:
            return None, reason
    used = row["last_used"]
    return Key(
        id=row["id"],
        hashed_secret=secret,
        user_id=owner,
        login_type=row["login_type"],
        name=name if row["login_type"] == LoginType.TOKEN else "",
        scopes=scopes,
        allow_list=allowed,
        lifetime_seconds=max(row["lifetime_seconds"], 1),
        ip_address=row["ip_address"] or NO_ADDRESS,
        last_used_at=used if used and used.year > 1 else None,
        expires_at=row["expires_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    ), ""


def _scopes(names: Sequence[str] | None) -> list[str]:
    """Return those that are known here: a key may get narrower by moving, never wider."""
    known = []
    for name in names or ():
        with suppress(UnknownScopeError):
            known.append(expand(canonical(name)).name)
    return list(dict.fromkeys(known))


def _are_allowed(entries: Sequence[str]) -> bool:
    try:
        for entry in entries:
            allow_lists.parse(entry)
    except ValueError:
        return False
    return True
