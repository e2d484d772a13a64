"""Register objects of other services, one or many at a time, and forget them (decision D17).

Making an object needs `create`, changing it `update`, forgetting it `delete`, decided by the engine
about the object with its id. What a request describes is judged without the access lists in it, so
that nobody lets themselves in. An object that gets another owner, organization or type is judged
without its stored lists, too: those share an object, they do not give it away.

An id belongs to one object, whichever type of a family it has: registering it with another type
changes that object. Otherwise a stranger's `workspace_dormant` would answer for a `workspace`.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from audit.models import Entry
from audit.records import Attempt, attempt, difference, record_all
from coderauth.errors import Forbidden, InvalidRequest, NotFound, refusals_about
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.models import RegisteredObject
from scopes.objects.acl import GROUPS, USERS, Acl, newly_granted, require_grantable
from scopes.objects.facts import Facts, Places
from scopes.objects.types import ObjectName, permission_for, registered_object
from scopes.standing import standing

MOST: Final = 1000  # in one request
TRIES: Final = 5  # tries, when somebody else registers the same id at the same moment
_KEY = ["family", "object_id"]
_CONTENT = ["type", "owner", "organization", "acl_users", "acl_groups", "updated_at"]

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ObjectWish:
    """The whole object as it should be: what is not given is empty."""

    name: ObjectName
    owner_id: UUID | None = None
    organization_id: UUID | None = None
    acl_users: Acl = field(default_factory=dict)
    acl_groups: Acl = field(default_factory=dict)

    @property
    def described(self) -> Object:
        """Return the object as the engine judges it, without the access lists."""
        return Object(
            self.name.type,
            str(self.name.id),
            str(self.owner_id or ""),
            str(self.organization_id or ""),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """An object before and after; None where it does not exist."""

    name: ObjectName
    before: RegisteredObject | None
    after: RegisteredObject | None

    @property
    def action(self) -> str:
        if self.after is None:
            return "delete"
        return "create" if self.before is None else "write"


Asked = tuple[str, ObjectName, ObjectWish | None]  # where in the request, which, what it is to be


def object_put(*, caller: Caller, wish: ObjectWish) -> tuple[RegisteredObject, bool]:
    """Register or replace an object; return it, and whether it is new.

    Raises NotFound without the permission, Forbidden if the caller may at least see it or grants
    more than they hold, InvalidRequest for unknown people, groups and organizations.
    """
    (change,) = _perform(caller, [("", wish.name, wish)])
    assert change.after is not None  # noqa: S101 (what was put is there)
    return change.after, change.before is None


def object_delete(*, caller: Caller, name: ObjectName) -> None:
    """Forget an object; raises NotFound, or Forbidden if the caller may at least see it."""
    _perform(caller, [("", name, None)])


def objects_change(
    *, caller: Caller, put: Sequence[ObjectWish], delete: Sequence[ObjectName]
) -> dict[str, int]:
    """Put and forget many objects, all or none; return how many were created, updated, deleted.

    The number of queries grows only where a database limits how many values it takes at a time.
    Raises as for a single object, and names the first one that is refused.
    """
    asked: list[Asked] = [(f"put[{n}]", wish.name, wish) for n, wish in enumerate(put)]
    asked += [(f"delete[{n}]", name, None) for n, name in enumerate(delete)]
    if len(asked) > MOST:
        raise InvalidRequest("too_many_objects", maximum=MOST, found=len(asked))
    seen: set[object] = set()
    for place, name, wish in asked:
        # Putting one type of a family and deleting the other changes the type.
        named = {name} if wish is None else {name, name.family}
        with refusals_about(place):
            if named & seen:
                raise InvalidRequest("object_named_twice", type=name.type, id=name.id)
        seen |= named
    actions = [change.action for change in _perform(caller, asked)] if asked else []
    return {
        "created": actions.count("create"),
        "updated": actions.count("write"),
        "deleted": actions.count("delete"),
    }


def _perform(caller: Caller, asked: Sequence[Asked]) -> list[Change]:
    with attempt("write", "object", actor_id=caller.id) as act:

        def change() -> list[Change]:
            wishes = [wish for _, _, wish in asked if wish is not None]
            organizations = {wish.organization_id for wish in wishes if wish.organization_id}
            owners = {wish.owner_id for wish in wishes if wish.owner_id}
            places = Places.locked(
                names=[name for _, name, _ in asked], organizations=organizations
            )
            with standing(caller, holds=Q(pk__in=owners)) as fresh:
                facts = Facts.read(
                    places,
                    owners=owners,
                    people={person for wish in wishes for person in wish.acl_users},
                    groups={group for wish in wishes for group in wish.acl_groups},
                )
                changes = [_plan(fresh, one, facts, act) for one in asked]
                _store(changes)
                record_all([_entry(fresh, change) for change in changes])
            return changes

        return _in_turn(change)


def _in_turn(act: Callable[[], Result]) -> Result:
    """Run a transaction, and again if somebody else has just registered the same id."""
    for _ in range(TRIES - 1):
        with suppress(IntegrityError), transaction.atomic():
            return act()
    with transaction.atomic():
        return act()


def _plan(caller: Caller, asked: Asked, facts: Facts, act: Attempt) -> Change:
    place, name, wish = asked
    before = facts.places.stored.get(name)
    act.action = "delete" if wish is None else "create" if before is None else "write"
    act.resource_type, act.resource_id = name.type, name.id
    act.resource_target = str(name.id)
    act.organization_id = None if before is None else before.organization_id
    with refusals_about(place):
        if wish is not None:
            return Change(name, before, _replacement(caller, wish, before, facts))
        if before is None or before.type != name.type:
            raise NotFound("not_found")
        stored = registered_object(before)
        _require(caller, "delete", stored, seen=stored)
        return Change(name, before, None)


def _replacement(
    caller: Caller, wish: ObjectWish, before: RegisteredObject | None, facts: Facts
) -> RegisteredObject:
    judged = _judge(caller, wish, before)
    users = newly_granted(wish.acl_users, judged.acl_users)
    groups = newly_granted(wish.acl_groups, judged.acl_groups)
    require_grantable(caller.subject, judged, users, USERS)
    require_grantable(caller.subject, judged, groups, GROUPS)
    # An unchanged grantee may be gone meanwhile: sending the same again always succeeds.
    facts.require_known(
        owner_id=None if before and before.owner_id == wish.owner_id else wish.owner_id,
        organization_id=wish.organization_id,
        people=users,
        groups=groups,
    )
    now = timezone.now()
    return RegisteredObject(
        type=wish.name.type,
        object_id=wish.name.id,
        owner_id=wish.owner_id,
        organization_id=wish.organization_id,
        acl_users=wish.acl_users,
        acl_groups=wish.acl_groups,
        created_at=now if before is None else before.created_at,
        updated_at=now,
    )


def _judge(caller: Caller, wish: ObjectWish, before: RegisteredObject | None) -> Object:
    """Require the permission for the change; return the object that the author's rights are for."""
    described = wish.described
    if before is None:
        _require(caller, "create", described, seen=described)
        return described
    stored = registered_object(before)
    _require(caller, "update", stored, seen=stored)
    stays = (before.type, before.owner_id, before.organization_id)
    if stays == (wish.name.type, wish.owner_id, wish.organization_id):
        return stored
    for unshared in (stored._replace(acl_users={}, acl_groups={}), described):
        _require(caller, "update", unshared, seen=stored)
    return described


def _require(caller: Caller, act: str, judged: Object, *, seen: Object) -> None:
    if decide(caller.subject, permission_for(judged.type, act), judged):
        return
    if decide(caller.subject, "read", seen):
        raise Forbidden("forbidden")
    raise NotFound("not_found")


def _store(changes: Sequence[Change]) -> None:
    # In one order, so that two requests about the same ids never deadlock.
    rows, in_order = RegisteredObject.objects, sorted(changes, key=lambda one: one.name.family)
    rows.bulk_create([one.after for one in in_order if one.after and not one.before])
    # The rows are locked; an upsert is the only statement that changes many rows.
    rows.bulk_create(
        [change.after for change in changes if change.after and change.before],
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=_CONTENT,
    )
    kept = {change.name.family for change in changes if change.after}
    gone = [
        change.before.pk for change in changes if change.before and change.name.family not in kept
    ]
    if gone:
        rows.filter(pk__in=gone).delete()


def _entry(caller: Caller, change: Change) -> Entry:
    row = change.after or change.before
    act = Attempt(
        change.action,
        change.name.type,
        change.name.id,
        str(change.name.id),
        actor_id=caller.id,
        organization_id=None if row is None else row.organization_id,
    )
    status_code = {"create": 201, "write": 200, "delete": 204}[change.action]
    return act.entry(status_code, difference(_tracked(change.before), _tracked(change.after)))


def _tracked(row: RegisteredObject | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "type": row.type,
        "owner_id": str(row.owner_id or ""),
        "organization_id": str(row.organization_id or ""),
        USERS: row.acl_users,
        GROUPS: row.acl_groups,
    }
