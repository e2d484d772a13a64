"""`authcheck`: may this caller do these things? (authorization.md 4)"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from coderauth.errors import InvalidRequest, Validation
from coderauth.http.uuids import parse_uuid, uuid_error
from scopes.decision import Object, Subject, decide
from scopes.explain import Explanation, explain
from scopes.models import Group, Organization
from scopes.people import user_object

MAX_RESOURCE_IDS = 10
# Types whose rows are not kept here have none: every id of them is unknown.
WITH_ROWS = frozenset({"group", "template", "user", "workspace"})


@dataclass(slots=True)
class Check:
    """One question; `resource_id` asks about a stored object instead of the described one."""

    action: str
    resource_type: str = ""
    owner_id: str = ""
    organization_id: str = ""
    any_org: bool = False
    resource_id: str = ""


def answer(subject: Subject, checks: Mapping[str, Check]) -> dict[str, bool]:
    """Return yes or no for each check; at most one query a type that is asked about by id."""
    return {
        name: target is not None and decide(subject, checks[name].action, target).allowed
        for name, target in _targets(subject, checks).items()
    }


def answer_explained(
    subject: Subject, checks: Mapping[str, Check]
) -> dict[str, Explanation | None]:
    """Return what decided each check; None for an id that is unknown or unreadable."""
    return {
        name: None if target is None else explain(subject, checks[name].action, target)
        for name, target in _targets(subject, checks).items()
    }


def _targets(subject: Subject, checks: Mapping[str, Check]) -> dict[str, Object | None]:
    by_id = [check for check in checks.values() if check.resource_id]
    if len(by_id) > MAX_RESOURCE_IDS:
        raise InvalidRequest(
            "too_many_resource_ids", found=len(by_id), excess=len(by_id) - MAX_RESOURCE_IDS
        )
    targets: dict[str, Object | None] = {}
    me = subject.id
    for name, check in checks.items():
        if not check.resource_type:
            raise InvalidRequest("resource_type_missing", key=name)
        if not check.resource_id:
            owner = check.owner_id
            targets[name] = Object(
                check.resource_type,
                "",
                me if owner == "me" else owner,
                check.organization_id,
                check.any_org,
            )
    if by_id:
        stored = _stored(by_id)
        for name, check in checks.items():
            if check.resource_id:
                found = stored.get((check.resource_type, check.resource_id))
                readable = found is not None and decide(subject, "read", found)
                targets[name] = found if readable else None
    return targets


def _stored(checks: Iterable[Check]) -> dict[tuple[str, str], Object]:
    """Return the objects behind the ids; their owner, organization and ACLs are the stored ones."""
    wanted: dict[str, dict[UUID, list[str]]] = {}
    for check in checks:
        identifier = parse_uuid(check.resource_id)
        if identifier is None:
            raise InvalidRequest(
                "resource_id_invalid",
                resource_id=check.resource_id,
                validations=[Validation("resource_id", uuid_error(check.resource_id))],
            )
        if check.resource_type not in WITH_ROWS:
            refusal = InvalidRequest("resource_id_unsupported", resource_type=check.resource_type)
            refusal.validations = (Validation("resource_type", refusal.message),)
            raise refusal
        same = wanted.setdefault(check.resource_type, {}).setdefault(identifier, [])
        same.append(check.resource_id)
    stored: dict[tuple[str, str], Object] = {}
    for kind, identifiers in wanted.items():
        for identifier, found in _rows(kind, identifiers):
            for text in identifiers[identifier]:
                stored[kind, text] = found
    return stored


def _rows(kind: str, identifiers: Iterable[UUID]) -> Iterable[tuple[UUID, Object]]:
    if kind == "user":
        users: Any = get_user_model()._default_manager.filter(pk__in=list(identifiers))
        for pk in users.values_list("pk", flat=True):
            yield pk, user_object(pk)
    elif kind == "group":
        stored = Group.objects.filter(pk__in=list(identifiers)).order_by()
        # "Everyone" has no row: its id is the organization's (authorization.md 5.7).
        everyone = Organization.objects.filter(pk__in=list(identifiers)).order_by()
        for pk, organization in stored.values_list("pk", "organization_id").union(
            everyone.values_list("pk", "pk")
        ):
            yield pk, group_object(Group(pk=pk, organization_id=organization))


def group_object(group: Group) -> Object:
    """Return a group as the engine judges it: its members may read it (authorization.md 1.11)."""
    identifier = str(group.pk)
    return Object(
        type="group",
        id=identifier,
        organization=str(group.organization_id),
        acl_groups={identifier: ("read",)},
    )
