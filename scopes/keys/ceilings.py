"""What tokens may be: the strictest of the deployment's ceilings and those of roles and places.

Every token is made, and gets a new secret, within the ceiling of the person who has it, whoever
asks (decision D24).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from coderauth.durations import format_duration, to_nanoseconds
from coderauth.errors import Forbidden
from scopes.engine.catalog import FULL, scopes_cover
from scopes.engine.roles import MEMBER, OWNER, display_name
from scopes.models import Key, KeyCeiling
from scopes.people import Person

# Which lock of PostgreSQL those who make keys share, and a change of ceilings has for itself.
_LOCK = 0x6365696C
# Makers of keys whose number is limited take turns, each person's among themselves.
_COUNTED = 0x636F756E
# Most deployments have no ceiling in the database, and need not pay for the longer query.
_ANY = "SELECT 1 FROM scopes_keyceiling LIMIT 1"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a token of somebody may be. `sources` says by the field where each ceiling comes from.

    `scopes` is None where any may be granted, and `max_keys` where one may have any number.
    """

    max_lifetime: timedelta
    full_access: bool = True
    scopes: tuple[str, ...] | None = None
    fixed_ends: bool = False
    max_keys: int | None = None
    sources: dict[str, str] = field(default_factory=dict)

    def refuse_scopes(self, wanted: Sequence[str]) -> None:
        """Raise Forbidden for scopes that may not be granted; names the ceiling."""
        if FULL in wanted and not self.full_access:
            raise _above(f"{self.sources['full_access']} forbids keys for everything.")
        beyond = self.beyond(wanted)
        if beyond:
            raise _above(f"{self.sources['scopes']} does not grant {', '.join(beyond)}.")

    def beyond(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return those of the scopes that may not be granted."""
        return () if self.scopes is None else scopes_cover(self.scopes, wanted)

    def refuse_lifetime(self, wanted: timedelta) -> None:
        """Raise Forbidden for a life that is too long; names the ceiling."""
        if wanted > self.max_lifetime:
            longest = format_duration(to_nanoseconds(self.max_lifetime))
            raise _above(f"{self.sources['max_lifetime']} lets a key live for {longest}.")

    def refuse_number(self, user: Person) -> None:
        """Raise Forbidden when somebody has as many tokens as they may have.

        Costs nothing without such a limit. With one, two tokens of a person are not made at once:
        whoever counts waits for the transaction of whoever counted before.
        """
        if self.max_keys is None:
            return
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_COUNTED, str(user.pk)]
                )
        if Key.objects.tokens().unexpired(timezone.now()).filter(user_id=user.pk).count() >= (
            self.max_keys
        ):
            raise _above(f"{self.sources['max_keys']} lets one have {self.max_keys} keys.")


def ceiling_of(user: Person) -> Ceiling:
    """Return the ceiling of a person's tokens. One query, two where there are any ceilings."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY)
        rows = rows_about(user) if cursor.fetchone() else ()
    return strictest(user.site_roles, rows)


def rows_about(user: Person) -> QuerySet[KeyCeiling]:
    """Return the ceilings of somebody's roles and organizations."""
    roles = [MEMBER, *user.site_roles]
    joined = Q(organization__memberships__user_id=user.pk)
    return KeyCeiling.objects.filter(Q(role__in=roles) | joined).select_related("organization")


def strictest(site_roles: Iterable[str], rows: Iterable[KeyCeiling]) -> Ceiling:
    """Return the lowest of each kind of ceiling, among the deployment's and these."""
    name = "MAX_ADMIN_TOKEN_LIFETIME" if OWNER in site_roles else "MAX_TOKEN_LIFETIME"
    lifetime: timedelta = getattr(settings, name)
    sources = {"max_lifetime": _variable(name)}
    full_access = not settings.FORBID_FULL_ACCESS_KEYS
    scopes: tuple[str, ...] | None = tuple(settings.KEY_SCOPES) or None
    fixed_ends: bool = settings.FIXED_KEY_ENDS
    max_keys: int | None = settings.MAX_KEYS_PER_USER or None
    for is_set, key, variable in (
        (not full_access, "full_access", "FORBID_FULL_ACCESS_KEYS"),
        (scopes is not None, "scopes", "KEY_SCOPES"),
        (fixed_ends, "fixed_ends", "FIXED_KEY_ENDS"),
        (max_keys is not None, "max_keys", "MAX_KEYS_PER_USER"),
    ):
        if is_set:
            sources[key] = _variable(variable)
    for row in rows:
        source = source_of(row)
        seconds = row.max_lifetime_seconds
        if seconds is not None and timedelta(seconds=seconds) < lifetime:
            lifetime, sources["max_lifetime"] = timedelta(seconds=seconds), source
        if row.forbids_full_access and full_access:
            full_access, sources["full_access"] = False, source
        if row.scopes is not None:
            scopes = _common(scopes, row.scopes)
            sources["scopes"] = source
        if row.fixed_ends and not fixed_ends:
            fixed_ends, sources["fixed_ends"] = True, source
        if row.max_keys is not None and (max_keys is None or row.max_keys < max_keys):
            max_keys, sources["max_keys"] = row.max_keys, source
    return Ceiling(lifetime, full_access, scopes, fixed_ends, max_keys, sources)


def source_of(row: KeyCeiling) -> str:
    """Return what a ceiling belongs to, in words."""
    if row.organization is not None:
        return f"The organization {row.organization.name}"
    return f"The site role {display_name(row.role) or row.role}"


def ceilings_lock(*, changes: bool = False) -> None:
    """Let no ceiling change until the transaction ends; with `changes`, let no token be made.

    SQLite has one writer at a time, and needs no lock.
    """
    if connection.vendor == "postgresql":
        kind = "pg_advisory_xact_lock" if changes else "pg_advisory_xact_lock_shared"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {kind}(%s)", [_LOCK])


def _common(first: tuple[str, ...] | None, second: Sequence[str]) -> tuple[str, ...]:
    """Return what both lists permit: of each, what the other covers."""
    if first is None:
        return tuple(second)
    kept = [name for name in first if not scopes_cover(second, [name])]
    return (*kept, *(name for name in second if not scopes_cover(first, [name])))


def _variable(name: str) -> str:
    return f"CODERAUTH_{name}"


def _above(reason: str) -> Forbidden:
    return Forbidden("above_ceiling", reason=reason)


def ceiling_facts(ceiling: Ceiling) -> dict[str, Any]:
    """Return a ceiling as programs read it; lengths of time are in nanoseconds."""
    return {
        "max_lifetime": to_nanoseconds(ceiling.max_lifetime),
        "full_access": ceiling.full_access,
        "scopes": None if ceiling.scopes is None else [*ceiling.scopes],
        "fixed_ends": ceiling.fixed_ends,
        "max_keys": ceiling.max_keys,
        "sources": dict(ceiling.sources),
    }
