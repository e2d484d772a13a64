"""The statement that finds a caller, for SQLite and for PostgreSQL (decision D14).

Written by hand because building it in the ORM costs more than running it. It is one text for both
databases, except for how ids, times and lists become text.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.contrib.auth import get_user_model
from django.db.models import Model

from scopes.caller_columns import (
    COLUMNS,
    IS_DELETED,
    Column,
    ColumnForm,
    database_column,
    link_model,
)
from scopes.models import CustomRole, GroupMembership, Key, Membership


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


# Every name in the statement comes from the models, and every value is a parameter. Parameters have
# names because on SQLite Django searches the text for nameless ones with a regular expression.
@lru_cache(maxsize=2)
def caller_statement(vendor: str) -> str:
    sql = _POSTGRESQL if vendor == "postgresql" else _SQLITE
    keys, users = Key._meta.db_table, get_user_model()._meta.db_table
    columns = ", ".join(_column(sql, column) for column in COLUMNS)
    return (
        f"SELECT {columns} FROM {keys} k JOIN {users} u ON u.id = k.user_id "  # noqa: S608
        f"WHERE k.id = %(key)s AND NOT u.{database_column(get_user_model(), IS_DELETED)}"
    )


def _column(sql: _Dialect, column: Column) -> str:
    match column.form:
        case ColumnForm.MEMBERSHIPS:
            return _list_of(sql, Membership, "m", _membership(sql))
        case ColumnForm.GROUPS:
            return _list_of(sql, GroupMembership, "g", "g.group_id")
        case ColumnForm.LINK:
            return _link(sql)
    model, alias = (get_user_model(), "u") if column.is_of_user else (Key, "k")
    name = f"{alias}.{database_column(model, column.field)}"
    forms = {ColumnForm.TEXT: sql.text, ColumnForm.TIME: sql.time}
    return forms.get(column.form, "{}").format(name)


def _list_of(sql: _Dialect, model: type[Model], alias: str, item: str) -> str:
    """Return a column with the user's rows of a table as one JSON list."""
    items = sql.json_text.format(sql.every.format(item))
    rows = f"SELECT {items} FROM {model._meta.db_table} {alias}"  # noqa: S608
    return f"COALESCE(({rows} WHERE {alias}.user_id = u.id), '[]')"


def _link(sql: _Dialect) -> str:
    """Return the link on which a provider's key depends."""
    links = link_model()
    expires_at = sql.time.format(f"l.{database_column(links, 'expires_at')}")
    link = sql.json_text.format(f"{sql.array}(l.{database_column(links, 'id')}, {expires_at})")
    return (
        f"(SELECT {link} FROM {links._meta.db_table} l "  # noqa: S608
        f"WHERE l.{database_column(links, 'user')} = u.id "
        f"AND l.{database_column(links, 'login_type')} = k.login_type)"
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
