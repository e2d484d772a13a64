"""What the database holds about a caller, declared once for the statement and its readers.

A field is a column of the statement, in this order. The user model belongs to another room, so its
fields are looked up by name; `user_model_has_columns` checks at the start that they are there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from django.contrib.auth import get_user_model
from django.core import checks
from django.core.checks import CheckMessage, Tags, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models


class ColumnForm(Enum):
    """How a value is passed; the last three are one JSON text of several rows or values."""

    PLAIN = "as it is"
    TEXT = "as text"
    TIME = "as text, in UTC"
    MEMBERSHIPS = "the user's memberships"
    GROUPS = "the user's groups"
    LINK = "the user's link to where the key's sign-in came from"


# The type that a field of the user model must have for the statement to write it in that form.
_KINDS: dict[ColumnForm, type[Any]] = {
    ColumnForm.PLAIN: models.Field,
    ColumnForm.TIME: models.DateTimeField,
}


@dataclass(frozen=True, slots=True)
class Column:
    """Where a value comes from: a field of the key or of its user, or rows that belong to them."""

    form: ColumnForm
    field: str = ""
    is_of_user: bool = False


def _of_key(name: str, form: ColumnForm = ColumnForm.PLAIN) -> Any:
    return field(metadata={"column": Column(form, name)})


def _of_user(name: str, form: ColumnForm = ColumnForm.PLAIN) -> Any:
    return field(metadata={"column": Column(form, name, is_of_user=True)})


def _rows(form: ColumnForm) -> Any:
    return field(metadata={"column": Column(form)})


@dataclass(slots=True, eq=False, repr=False)
class StoredCaller:
    """A row of the statement; lists are JSON text, times are text.

    A dataclass: no other way to name 28 values costs as little as its `__init__`.
    """

    key_id: str = _of_key("id")
    hashed_secret: bytes = _of_key("hashed_secret")
    key_login_type: str = _of_key("login_type")
    lifetime_seconds: int = _of_key("lifetime_seconds")
    _scopes: str = _of_key("scopes", ColumnForm.TEXT)
    _allow_list: str = _of_key("allow_list", ColumnForm.TEXT)
    _expires: str = _of_key("expires_at", ColumnForm.TIME)
    _last_used: str | None = _of_key("last_used_at", ColumnForm.TIME)
    _not_after: str | None = _of_key("not_after", ColumnForm.TIME)
    _paused: str | None = _of_key("paused_at", ColumnForm.TIME)
    old_hashed_secret: bytes | None = _of_key("old_hashed_secret")
    _old_valid_until: str | None = _of_key("old_valid_until", ColumnForm.TIME)
    _old_last_used: str | None = _of_key("old_last_used_at", ColumnForm.TIME)
    id: str = _of_user("id", ColumnForm.TEXT)
    username: str = _of_user("username")
    email: str = _of_user("email")
    name: str = _of_user("name")
    avatar_url: str = _of_user("avatar_url")
    status: str = _of_user("status")
    login_type: str = _of_user("login_type")
    is_service_account: bool = _of_user("is_service_account")
    _site_roles: str = _of_user("site_roles", ColumnForm.TEXT)
    _created: str = _of_user("created_at", ColumnForm.TIME)
    _updated: str = _of_user("updated_at", ColumnForm.TIME)
    _last_seen: str | None = _of_user("last_seen_at", ColumnForm.TIME)
    _memberships: str = _rows(ColumnForm.MEMBERSHIPS)
    _groups: str = _rows(ColumnForm.GROUPS)
    _link: str | None = _rows(ColumnForm.LINK)

    def __post_init__(self) -> None:
        """Compute the rest of a caller; `Caller` does."""


COLUMNS: tuple[Column, ...] = tuple(one.metadata["column"] for one in fields(StoredCaller))
# Besides the columns: what the statement filters by, and the links of the user.
IS_DELETED = "is_deleted"
LINKS = "links"
LINK_FIELDS = {
    "id": ColumnForm.PLAIN,
    "user": ColumnForm.PLAIN,
    "login_type": ColumnForm.PLAIN,
    "expires_at": ColumnForm.TIME,
}


def database_column(model: type[models.Model], name: str) -> str:
    """Return the name of a field's column."""
    found: Any = model._meta.get_field(name)
    column: str = found.column
    return column


def link_model() -> type[models.Model]:
    """Return the model of the links between users and providers."""
    model: Any = get_user_model()._meta.get_field(LINKS).related_model
    return model  # type: ignore[no-any-return]


@register(Tags.models)
def user_model_has_columns(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse to start with a user model that lacks what the statement needs."""
    return [
        checks.Error(
            f"The statement that finds a caller needs {what}.",
            hint="scopes/caller_columns.py declares what it needs.",
            id="scopes.E001",
        )
        for what in _missing()
    ]


def _missing() -> Iterator[str]:
    users = get_user_model()
    needed = {one.field: one.form for one in COLUMNS if one.is_of_user} | {
        IS_DELETED: ColumnForm.PLAIN
    }
    yield from _missing_fields(users, needed)
    try:
        links = link_model()
    except FieldDoesNotExist:
        yield f"rows that call a {users._meta.label} theirs by `{LINKS}`"
        return
    yield from _missing_fields(links, LINK_FIELDS)


def _missing_fields(model: type[models.Model], needed: dict[str, ColumnForm]) -> Iterator[str]:
    for name, form in needed.items():
        kind = _KINDS.get(form, models.Field)
        try:
            found = model._meta.get_field(name)
        except FieldDoesNotExist:
            found = None
        if not isinstance(found, kind):
            yield f"a {kind.__name__} `{name}` of {model._meta.label}"
