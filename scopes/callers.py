"""Who is calling: one statement finds the key, its user, roles, memberships and groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Final

import orjson
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections

from coderauth.errors import Unauthenticated
from coderauth.http.times import format_time
from coderauth.weighted_cache import weighted_cache
from scopes.caller_columns import StoredCaller
from scopes.caller_statement import caller_statement
from scopes.engine.catalog import FULL
from scopes.engine.decision import Grant, Object, Subject, decide, prepare
from scopes.engine.roles import ORGANIZATION_ROLES, OWNER, SITE_ROLES, Permission, Role
from scopes.models import ADMITTED, PROVIDER_LOGINS, LoginType
from scopes.uses import USES

# The refusal for suspended users, whose keys are otherwise valid.
INACTIVE: Final = "inactive_user"
# An allow list with this entry does not confine a key.
EVERYTHING: Final = "*:*"
# Compared where there is no secret, so that it costs as much as a wrong one. Nothing has this hash.
NO_SECRET: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Rights:
    """What the stored lists of a key and its user mean, parsed once for all requests with them.

    Nothing here can be out of date: `rights` looks it up by the lists themselves, which are fresh
    from each request's statement.
    """

    site_roles: tuple[str, ...]
    scopes: tuple[str, ...]
    allow_list: tuple[str, ...]
    organization_ids: tuple[str, ...]
    subject: Subject


@dataclass(frozen=True, slots=True)
class ProviderLink:
    """A user's link to a provider, and when the provider's token expires; None: never."""

    id: int
    expires_at: datetime | None


class Caller(StoredCaller):
    """An authenticated key and its user as plain values.

    Not a model instance: a model costs more to build than the statement to run.
    """

    __slots__ = (
        "allow_list",
        "by_cookie",
        "organization_ids",
        "proof",
        "scopes",
        "site_roles",
        "subject",
        "uses_old_secret",
    )
    is_authenticated = True
    is_anonymous = False

    def __post_init__(self) -> None:
        self.id = _uuid(self.id)
        rights = _rights(
            self.id, self._site_roles, self._memberships, self._groups, self._scopes,
            self._allow_list,
        )  # fmt: skip
        self.site_roles, self.organization_ids = [*rights.site_roles], [*rights.organization_ids]
        self.scopes, self.allow_list = [*rights.scopes], [*rights.allow_list]
        self.subject: Subject = rights.subject
        # The hash of the secret that came with the request; None for a caller nobody verified.
        self.proof: bytes | None = None
        self.uses_old_secret = False
        # Whether the key came in the cookie of a browser.
        self.by_cookie = False

    @property
    def pk(self) -> str:
        return self.id

    @property
    def expires_at(self) -> datetime:
        return datetime.fromisoformat(self._expires)

    @property
    def not_after(self) -> datetime | None:
        return _time(self._not_after)

    @property
    def paused_at(self) -> datetime | None:
        return _time(self._paused)

    @property
    def old_valid_until(self) -> datetime | None:
        return _time(self._old_valid_until)

    @property
    def old_last_used_at(self) -> datetime | None:
        return _time(self._old_last_used)

    @property
    def last_used_at(self) -> datetime | None:
        return _time(self._last_used)

    @property
    def last_seen_at(self) -> datetime | None:
        return _time(self._last_seen)

    @property
    def created_at(self) -> datetime:
        return datetime.fromisoformat(self._created)

    @property
    def updated_at(self) -> datetime:
        return datetime.fromisoformat(self._updated)

    @property
    def link(self) -> "ProviderLink | None":
        """Return the link to the provider that this key's sign-in came from, if any."""
        if self._link is None:
            return None
        identifier, expires_at = orjson.loads(self._link)
        return ProviderLink(identifier, _time(expires_at))

    def was_seen(self, now: datetime) -> None:
        """Note what was just stored, so that this very answer says it, too."""
        self._last_used = self._last_seen = self._updated = str(now)

    @property
    def is_owner(self) -> bool:
        return OWNER in self.site_roles

    @property
    def is_narrowed(self) -> bool:
        """Say whether the key holds less than everything its user may do."""
        return FULL not in self.scopes or EVERYTHING not in self.allow_list

    @property
    def may_bypass_limits(self) -> bool:
        return self.is_owner

    def did(self, permissions: Iterable[str]) -> None:
        """Note what a token was used for; of sessions nothing is noted."""
        if self.key_login_type == LoginType.TOKEN:
            USES.note(self.key_id, permissions)

    def lacks(self, permissions: Iterable[str]) -> Sequence[str]:
        """Return those of the policy's permissions that no scope of the key permits."""
        rights, parted = self.subject.everywhere, ((one, one.partition(":")) for one in permissions)
        return [one for one, (kind, _, act) in parted if rights.get((kind, act), (0, 0, 0))[2]]

    def may(self, action: str, resource: str, *, organization: str = "") -> bool:
        """Say whether the key may do this to any object of a type, everywhere or in one place."""
        return decide(self.subject, action, Object(resource, organization=organization)).allowed


def _parse_rights(
    user_id: str, site_roles: str, memberships: str, groups: str, scopes: str, allow_list: str
) -> Rights:
    """Return what JSON lists grant a user; each is text, exactly as the database sent it."""
    joined = [
        (_uuid(organization), roles, custom or {})
        for organization, roles, custom in orjson.loads(memberships)
    ]
    held = tuple(orjson.loads(site_roles))
    names, entries = tuple(orjson.loads(scopes)), tuple(orjson.loads(allow_list))
    subject = prepare(
        id=user_id,
        grants=grants(held, joined),
        groups=[_uuid(group) for group in orjson.loads(groups)],
        scopes=names,
        allow_list=[_entry(entry) for entry in entries],
    )
    return Rights(held, names, entries, tuple(identifier for identifier, _, _ in joined), subject)


# One person in thousands of organizations takes as much memory as a thousand others. The weight is
# the length of the lists as text, and a constant; in memory they take about three times as much.
_rights = weighted_cache(
    _parse_rights, weigh=lambda *texts: 1_000 + sum(map(len, texts)), maximum=8 * 2**20
)


def grants(
    site_roles: Iterable[str],
    memberships: Iterable[tuple[str, Iterable[str], Mapping[str, Sequence[Mapping[str, Any]]]]],
) -> list[Grant]:
    """Return what stored role names grant; implied roles are added, unknown names are dropped.

    A membership is (organization id, stored role names, custom roles by name). Built-in
    names win over custom ones (authorization.md 1.1).
    """
    held = [Grant(SITE_ROLES["member"])]
    held += [Grant(SITE_ROLES[name]) for name in site_roles if name in SITE_ROLES]
    for organization, names, custom in memberships:
        held.append(Grant(ORGANIZATION_ROLES["organization-member"], organization))
        for name in names:
            role = ORGANIZATION_ROLES.get(name)
            if role is None and name in custom:
                role = custom_role(name, custom[name])
            if role is not None:
                held.append(Grant(role, organization))
    return held


def custom_role(name: str, permissions: Iterable[Mapping[str, Any]]) -> Role:
    """Return a stored custom role as the engine takes it."""
    return Role(
        name=name,
        display_name=name,
        organization=tuple(
            Permission(entry["resource_type"], entry["action"], bool(entry.get("negate")))
            for entry in permissions
        ),
    )


def refusal_of(caller: Caller, now: datetime) -> Unauthenticated | None:
    """Return the first reason why a key may not be used; None if it may.

    In a query, `KeyQuerySet.usable` says the same. Only the provider knows whether it will renew a
    session with expired tokens.
    """
    expires_at = caller.expires_at
    if expires_at < now:
        return Unauthenticated("expired_key", expired_at=format_time(expires_at))
    if caller.key_login_type in PROVIDER_LOGINS and caller.link is None:
        return Unauthenticated("unlinked_key")
    if caller.paused_at is not None:
        return Unauthenticated("paused_key")
    if caller.status not in ADMITTED:
        return Unauthenticated(INACTIVE, status=caller.status)
    return None


def prove(caller: Caller, digest: bytes, now: datetime) -> bool:
    """Say whether a secret with this SHA-256 is the key's, or the one before, in its grace.

    Notes which on the caller. Takes the same time whatever differs.
    """
    is_new = compare_digest(digest, caller.hashed_secret)
    until = caller.old_valid_until
    is_old = compare_digest(digest, caller.old_hashed_secret or NO_SECRET)
    caller.uses_old_secret = is_old and until is not None and now < until
    caller.proof = digest
    return is_new or caller.uses_old_secret


def find_caller(key_id: str) -> Caller | None:
    """Return the owner of a key id, unverified; None when there is no such key.

    One indexed statement. It is sent again when the database dropped the connection, which is
    cheaper than checking the connection before each request.
    """
    try:
        row = _fetch(key_id)
    except OperationalError:
        if connection.in_atomic_block:
            raise
        connection.close()
        row = _fetch(key_id)
    return None if row is None else Caller(*row)


def _fetch(key_id: str) -> Sequence[Any] | None:
    # Looked up once: `django.db.connection` costs a microsecond at each use.
    own = connections[DEFAULT_DB_ALIAS]
    with own.cursor() as cursor:
        cursor.execute(caller_statement(own.vendor), {"key": key_id})
        row: Sequence[Any] | None = cursor.fetchone()
        return row


def _uuid(text: str) -> str:
    """Return an id as the API writes it; SQLite stores it without hyphens."""
    if len(text) == 36:
        return text
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _entry(text: str) -> tuple[str, str]:
    kind, _, identifier = text.partition(":")
    return kind, identifier
