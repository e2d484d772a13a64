"""Who is calling: one statement finds the key, its user, roles, memberships and groups.

The statement is written by hand because building it in the ORM costs more than running it
(design D14). It is one text for both databases, except for how ids, times and lists become text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db import OperationalError, connection

from scopes.decision import Grant, Subject, prepare
from scopes.models import CustomRole, GroupMembership, Key, Membership
from scopes.roles import ORGANIZATION_ROLES, SITE_ROLES, Permission, Role

_KEY_COLUMNS = ("id", "hashed_secret", "login_type")
_USER_COLUMNS = ("username", "email", "name", "avatar_url", "status", "login_type")


class Caller:
    """An authenticated key and its user as plain values.

    Not a model instance: a model costs more to build than the statement to run.
    """

    __slots__ = (
        "_created", "_expires", "_groups", "_last_seen", "_last_used", "_memberships",
        "_not_after", "_subject", "_updated", "allow_list", "avatar_url", "email",
        "hashed_secret", "id", "key_id", "key_login_type", "lifetime_seconds", "login_type",
        "name", "organization_ids", "scopes", "site_roles", "status", "username",
    )  # fmt: skip
    is_authenticated = True
    is_anonymous = False

    def __init__(self, row: Sequence[Any]) -> None:
        self.key_id, self.hashed_secret, self.key_login_type = row[0:3]
        self.lifetime_seconds: int = row[3]
        self.scopes: list[str] = json.loads(row[4])
        self.allow_list: list[str] = json.loads(row[5])
        self._expires, self._last_used, self._not_after = row[6:9]
        self.id = _uuid(row[9])
        self.username, self.email, self.name, self.avatar_url = row[10:14]
        self.status, self.login_type = row[14:16]
        self.site_roles: list[str] = json.loads(row[16])
        self._created, self._updated, self._last_seen = row[17:20]
        self._memberships = json.loads(row[20])
        self._groups = row[21]
        self.organization_ids = [_uuid(membership[0]) for membership in self._memberships]
        self._subject: Subject | None = None

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

    def was_seen(self, now: datetime) -> None:
        """Note what the database was told, so that this very answer says it too."""
        self._last_used = self._last_seen = self._updated = str(now)

    @property
    def is_owner(self) -> bool:
        return "owner" in self.site_roles

    @property
    def subject(self) -> Subject:
        """The caller for the decision engine; prepared when first asked for."""
        if self._subject is None:
            memberships = [
                (_uuid(organization), roles, custom or {})
                for organization, roles, custom in self._memberships
            ]
            self._subject = prepare(
                id=self.id,
                grants=grants(self.site_roles, memberships),
                groups=[_uuid(group) for group in json.loads(self._groups)],
                scopes=self.scopes,
                allow_list=[_entry(entry) for entry in self.allow_list],
            )
        return self._subject


def grants(
    site_roles: Iterable[str],
    memberships: Iterable[tuple[str, Iterable[str], Mapping[str, Sequence[Mapping[str, Any]]]]],
) -> list[Grant]:
    """Return what stored role names grant; implied roles are added, unknown names dropped.

    A membership is (organization id, stored role names, custom roles by name). Authorization.md
    1.1: built-in names win over custom ones.
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


def find_caller(key_id: str) -> Caller | None:
    """Return who a key id belongs to, unverified; None when there is no such key.

    One indexed statement. It is sent once more when the database dropped the connection, which
    is cheaper than asking before each request whether it still stands.
    """
    try:
        row = _fetch(key_id)
    except OperationalError:
        if connection.in_atomic_block:
            raise
        connection.close()
        row = _fetch(key_id)
    return None if row is None else Caller(row)


def _fetch(key_id: str) -> Sequence[Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(_statement(connection.vendor), [key_id])
        row: Sequence[Any] | None = cursor.fetchone()
        return row


@lru_cache(maxsize=2)
def _statement(vendor: str) -> str:
    """Return the statement; every name in it comes from the models, every value is a parameter."""
    if vendor == "postgresql":
        text, time, array = (
            "{}::text",
            "(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00')",
            "json_build_array",
        )
        every, pairs, value = "json_agg({})", "json_object_agg({}, {})", "{}"
        json_text = "({})::text"
    else:
        text, time, array = "{}", "({} || '+00:00')", "json_array"
        every, pairs, value = "json_group_array({})", "json_group_object({}, {})", "json({})"
        json_text = "{}"
    users = get_user_model()._meta.db_table
    keys, members = Key._meta.db_table, Membership._meta.db_table
    roles, groups = CustomRole._meta.db_table, GroupMembership._meta.db_table
    custom = (
        f"CASE WHEN {text.format('m.roles')} = '[]' THEN NULL ELSE (SELECT "
        f"{pairs.format('r.name', value.format('r.permissions'))} FROM {roles} r "
        "WHERE r.organization_id = m.organization_id) END"
    )
    membership = every.format(
        f"{array}(m.organization_id, {value.format('m.roles')}, {value.format(custom)})"
    )
    columns = [
        *(f"k.{name}" for name in _KEY_COLUMNS),
        "k.lifetime_seconds",
        *(text.format(f"k.{name}") for name in ("scopes", "allow_list")),
        *(time.format(f"k.{name}") for name in ("expires_at", "last_used_at", "not_after")),
        text.format("u.id"),
        *(f"u.{name}" for name in _USER_COLUMNS),
        text.format("u.site_roles"),
        *(time.format(f"u.{name}") for name in ("created_at", "updated_at", "last_seen_at")),
        f"COALESCE((SELECT {json_text.format(membership)} FROM {members} m WHERE m.user_id = u.id), '[]')",
        f"COALESCE((SELECT {json_text.format(every.format('g.group_id'))} FROM {groups} g WHERE g.user_id = u.id), '[]')",
    ]
    return (
        f"SELECT {', '.join(columns)} FROM {keys} k JOIN {users} u ON u.id = k.user_id "  # noqa: S608
        "WHERE k.id = %s AND NOT u.is_deleted"
    )


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
