"""Find objects of any types by their ids, with one query (authorization.md 4, decision D17)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from uuid import UUID

import orjson
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from scopes.engine.decision import Object
from scopes.models import Group, Key, Organization, RegisteredObject
from scopes.objects.types import DORMANT_WORKSPACE, REGISTRABLE, WORKSPACE
from scopes.organizations.groups import group_object
from scopes.people import user_object

# Types that can be asked about by id: those with rows here, and those of registered objects.
WITH_IDS: Final = frozenset({"api_key", "group", "organization", "user", *REGISTRABLE})

Name = tuple[str, str]  # type and id, as the engine writes it
_NOTHING = Value("", output_field=TextField())
_NOBODY = Value("{}", output_field=TextField())


def stored_objects(names: Iterable[Name]) -> dict[Name, Object]:
    """Return the existing objects, whoever asks, by the names asked for.

    The id of a dormant workspace is also the id of a workspace, which is then judged as dormant.
    """
    wanted: dict[str, set[str]] = {}
    for kind, identifier in names:
        wanted.setdefault(kind, set()).add(identifier)
    if WORKSPACE in wanted:
        wanted.setdefault(DORMANT_WORKSPACE, set()).update(wanted[WORKSPACE])
    first, *others = _queries(wanted)
    rows = first.union(*others, all=True) if others else first
    found = {(one.type, one.id): one for one in map(_object, rows)}
    for identifier in wanted.get(WORKSPACE, ()):
        dormant = found.get((DORMANT_WORKSPACE, identifier))
        if dormant is not None:
            found[WORKSPACE, identifier] = dormant
    return found


def _queries(wanted: Mapping[str, set[str]]) -> Iterator[QuerySet[Any, Any]]:
    users: Any = get_user_model()._default_manager
    if "user" in wanted:
        yield _columns("user", users.filter(pk__in=wanted["user"]))
    if "organization" in wanted:
        yield _columns("organization", Organization.objects.filter(pk__in=wanted["organization"]))
    if "group" in wanted:
        groups = Group.objects.filter(pk__in=wanted["group"])
        yield _columns("group", groups, organization="organization_id")
        # "Everyone" has no row: its id is the organization's (authorization.md 5.7).
        yield _columns("group", Organization.objects.filter(pk__in=wanted["group"]))
    if "api_key" in wanted:
        keys = Key.objects.filter(pk__in=wanted["api_key"])
        yield _columns("api_key", keys, owner="user_id")
    registered = Q()
    for kind in REGISTRABLE:
        if kind in wanted:
            registered |= Q(type=kind, object_id__in=wanted[kind])
    if registered:
        yield _registered(registered)


def _columns(
    kind: str, rows: QuerySet[Any], *, owner: str = "", organization: str = ""
) -> QuerySet[Any, Any]:
    """Return what `_object` takes; ids as text, because those of keys are."""
    return rows.order_by().values_list(
        Value(kind, output_field=TextField()),
        _text("pk"),
        _text(owner) if owner else _NOTHING,
        _text(organization) if organization else _NOTHING,
        _NOBODY,
        _NOBODY,
    )


def _registered(which: Q) -> QuerySet[Any, Any]:
    return (
        RegisteredObject.objects.filter(which)
        .order_by()
        .values_list(
            Cast("type", TextField()),
            *map(_text, ("object_id", "owner_id", "organization_id", "acl_users", "acl_groups")),
        )
    )


def _text(column: str) -> Cast:
    return Cast(column, TextField())


def _object(row: tuple[str, str, str | None, str | None, str, str]) -> Object:
    kind, identifier, owner, organization, acl_users, acl_groups = row
    if kind == "group":
        return group_object(
            Group(pk=_uuid(identifier), organization_id=_uuid(organization or identifier))
        )
    if kind == "user":
        return user_object(_uuid(identifier))
    if kind == "api_key":
        return Object(kind, identifier, _uuid(owner))
    home = identifier if kind == "organization" else organization
    return Object(
        kind,
        _uuid(identifier),
        _uuid(owner),
        _uuid(home),
        acl_users=orjson.loads(acl_users),
        acl_groups=orjson.loads(acl_groups),
    )


def _uuid(text: str | None) -> str:
    """Return an id as the engine writes it; SQLite stores it without hyphens."""
    return str(UUID(text)) if text else ""
