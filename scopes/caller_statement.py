"""The statement that finds a caller, in the words of SQLite and of PostgreSQL (decision D14).

Written by hand because building it in the ORM costs more than running it. It is one text for both
databases, except for how ids, times and lists become text.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model

from scopes.models import CustomRole, GroupMembership, Key, Membership

KEY_COLUMNS = ("id", "hashed_secret", "login_type")
USER_COLUMNS = ("username", "email", "name", "avatar_url", "status", "login_type")


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How one database turns ids, times and lists into text."""

    text: str
    time: str
    array: str
    every: str
    pairs: str
    json: str
    json_text: str


_POSTGRESQL = _Dialect(
    text="{}::text",
    time="(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00')",
    array="json_build_array",
    every="json_agg({})",
    pairs="json_object_agg({}, {})",
    json="{}",
    json_text="({})::text",
)
_SQLITE = _Dialect(
    text="{}",
    time="({} || '+00:00')",
    array="json_array",
    every="json_group_array({})",
    pairs="json_group_object({}, {})",
    json="json({})",
    json_text="{}",
)


# Every name in the statement comes from the models, and every value is a parameter. That has a
# name, because Django searches the text for nameless ones with a regular expression on SQLite.
@lru_cache(maxsize=2)
def caller_statement(vendor: str) -> str:
    sql = _POSTGRESQL if vendor == "postgresql" else _SQLITE
    columns = [
        *(f"k.{name}" for name in KEY_COLUMNS),
        "k.lifetime_seconds",
        *(sql.text.format(f"k.{name}") for name in ("scopes", "allow_list")),
        *(sql.time.format(f"k.{name}") for name in ("expires_at", "last_used_at", "not_after")),
        sql.text.format("u.id"),
        *(f"u.{name}" for name in USER_COLUMNS),
        sql.text.format("u.site_roles"),
        *(sql.time.format(f"u.{name}") for name in ("created_at", "updated_at", "last_seen_at")),
        _list_of(sql, Membership, "m", _membership(sql)),
        _list_of(sql, GroupMembership, "g", "g.group_id"),
        _link(sql),
    ]
    keys, users = Key._meta.db_table, get_user_model()._meta.db_table
    return (
        f"SELECT {', '.join(columns)} FROM {keys} k JOIN {users} u ON u.id = k.user_id "  # noqa: S608
        "WHERE k.id = %(key)s AND NOT u.is_deleted"
    )


def _list_of(sql: _Dialect, model: type[Model], alias: str, item: str) -> str:
    """Return a column with the user's rows of a table as one JSON list."""
    items = sql.json_text.format(sql.every.format(item))
    rows = f"SELECT {items} FROM {model._meta.db_table} {alias}"  # noqa: S608
    return f"COALESCE(({rows} WHERE {alias}.user_id = u.id), '[]')"


def _link(sql: _Dialect) -> str:
    """Return the link that a provider's key stands and falls with."""
    links: Any = get_user_model()._meta.get_field("links").related_model
    link = sql.json_text.format(f"{sql.array}(l.id, {sql.time.format('l.expires_at')})")
    return (
        f"(SELECT {link} FROM {links._meta.db_table} l "  # noqa: S608
        "WHERE l.user_id = u.id AND l.login_type = k.login_type)"
    )


def _membership(sql: _Dialect) -> str:
    """Return one membership: organization, roles, and the custom roles that may be among them."""
    roles = sql.pairs.format("r.name", sql.json.format("r.permissions"))
    custom = (
        f"CASE WHEN {sql.text.format('m.roles')} = '[]' THEN NULL ELSE ("  # noqa: S608
        f"SELECT {roles} FROM {CustomRole._meta.db_table} r "
        "WHERE r.organization_id = m.organization_id) END"
    )
    parts = ("m.organization_id", sql.json.format("m.roles"), sql.json.format(custom))
    return f"{sql.array}({', '.join(parts)})"
