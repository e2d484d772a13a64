"""Keys that move in from a Coder database, whose hashes are the same bytes (decision D7)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from audit.models import Entry
from audit.records import Attempt, difference, record_untold
from coderauth.http.client import NO_ADDRESS
from scopes.callers import EVERYTHING
from scopes.engine import allow_list as allow_lists
from scopes.engine.catalog import UnknownScopeError, canonical, expand
from scopes.keys.rows import key_about, key_id_is_possible, tracked
from scopes.models import Key, LoginType


class Outcomes(Protocol):
    """Where outcomes are noted."""

    def note(self, kind: str, outcome: str, reason: str = "", what: str = "") -> None: ...
    def remark(self, kind: str, reason: str, what: str) -> None: ...


def keys_take(
    rows: Sequence[Mapping[str, Any]],
    *,
    refused: Mapping[UUID, str],
    now: datetime,
    report: Outcomes,
    writes: bool,
    origin: Mapping[str, Any],
) -> None:
    """Store the tokens of people who move in with this batch; `refused` says why others' stay out.

    Only newcomers bring keys: a key that is missing here may have been revoked here, and must not
    come back by another run. Ceilings are not asked: `tokens review` lists what is above them.
    Must run in the transaction that stores their owners.
    """
    here = dict(Key.objects.filter(pk__in=[row["id"] for row in rows]).values_list("pk", "user_id"))
    names: set[tuple[UUID, str]] = set()
    made = []
    for row in rows:
        if here.get(row["id"]) == UUID(row["user_id"]):
            report.note("keys", "here_already")
            continue
        key, reason = _key(row, refused, now)
        if row["id"] in here:
            reason = "another key here has its id"
        elif key is not None and (key.user_id, key.name) in names:
            reason = "its owner has another key of that name"
        if key is None or reason:
            report.note("keys", "left_out", reason, str(row["id"]))
            continue
        report.note("keys", "created")
        names.add((key.user_id, key.name))
        for lost in sorted(set(row["scopes"]).difference(name for name, _ in _known_scopes(row))):
            report.remark("keys", "without a scope that is not known here", f"{key.pk}: {lost}")
        made.append(key)
    if writes:
        Key.objects.bulk_create(made)
        record_untold([_entry(key, origin) for key in made])


def _entry(key: Key, origin: Mapping[str, Any]) -> Entry:
    act = Attempt("create", "api_key", **key_about(key), additional_fields=dict(origin))
    return act.entry(201, difference({}, tracked(key)))


def _key(
    row: Mapping[str, Any], refused: Mapping[UUID, str], now: datetime
) -> tuple[Key | None, str]:
    """Return the key as it would be, or why there is none."""
    owner, secret = UUID(row["user_id"]), bytes(row["hashed_secret"])
    scopes = [known for _, known in _known_scopes(row)]
    # Servers without the column confine no key; an empty list lists nothing, and so is no list.
    allowed = row.get("allow_list", [EVERYTHING])
    name = row["token_name"] or f"token-{row['id']}"
    reasons = {
        refused.get(owner, ""): owner in refused,
        "a session": row["login_type"] != LoginType.TOKEN,
        "expired": row["expires_at"] < now,
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
        login_type=LoginType.TOKEN,
        name=name,
        scopes=list(dict.fromkeys(scopes)),
        allow_list=allowed,
        lifetime_seconds=max(row["lifetime_seconds"], 1),
        ip_address=row["ip_address"] or NO_ADDRESS,
        last_used_at=used if used and used.year > 1 else None,
        expires_at=row["expires_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    ), ""


def _known_scopes(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return those known here, as there and as here: a key may get narrower, never wider."""
    known = []
    for name in row.get("scopes") or ():
        with suppress(UnknownScopeError):
            known.append((name, expand(canonical(name)).name))
    return known


def _are_allowed(entries: Sequence[str] | None) -> bool:
    try:
        return bool(allow_lists.normalize([allow_lists.parse(entry) for entry in entries or ()]))
    except ValueError:
        return False
