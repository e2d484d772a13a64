"""The scope picker: everything a new key can be given, and what of it makes sense for whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from coderauth.http.declared_access import api_routes
from coderauth.http.measuring import template
from coderauth.http.viewsets import Asks
from scopes.callers import Caller
from scopes.engine.catalog import FULL, PUBLIC, Scope, canonical, expand, scopes_cover
from scopes.engine.decision import Object, Subject, decide, prepare
from scopes.engine.policy import ANY, RESOURCE_DETAILS

# The columns of the matrix; other actions stand in `More`.
COLUMNS = (("read", "See"), ("create", "Create"), ("update", "Change"), ("delete", "Delete"))
# Types whose objects belong to somebody; what roles grant for one's own does not reach the others.
OWNED = frozenset(
    {
        "api_key", "file", "inbox_notification", "notification_preference", "task", "user",
        "user_secret", "webpush_subscription", "workspace", "workspace_dormant",
    }
)  # fmt: skip
_WORDS = {
    "application_connect": "Open apps",
    "read_personal": "See personal data",
    "ssh": "SSH",
    "start": "Start",
    "stop": "Stop",
    "update_personal": "Change personal data",
    "use": "Use",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A scope that can be ticked. `included_by` names a chosen scope that already has it."""

    scope: str
    label: str
    sentence: str
    endpoints: str
    is_chosen: bool
    included_by: str = ""
    # The holder's roles do not grant it anywhere; it can be chosen nevertheless.
    is_beyond_roles: bool = False

    @property
    def id(self) -> str:
        return "scope-" + self.scope.replace(":", "-").replace(".", "-").replace(ANY, "all")


@dataclass(frozen=True, slots=True)
class Line:
    """A type of resources in the matrix; a column without a box is None."""

    type: str
    label: str
    columns: tuple[Box | None, ...]
    more: tuple[Box, ...]
    everything: Box | None

    @property
    def is_open(self) -> bool:
        """Say whether anything of it is chosen, so that a folded line unfolds."""
        boxes = (*self.columns, *self.more, self.everything)
        return any(box is not None and box.is_chosen for box in boxes)


@dataclass(frozen=True, slots=True)
class Picker:
    """What the page shows; `left_out` are scopes that the visitor's own key cannot pass on."""

    jobs: tuple[Box, ...]
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]
    may_choose_everything: bool


def picker(caller: Caller, *, holder: Subject, chosen: Sequence[str]) -> Picker:
    """Return the picker for a key of `holder`, whom `caller` makes it for."""
    wanted = {canonical(name) for name in chosen}
    offered = [name for name in _names() if not _is_beyond_key(caller, name)]
    boxes = {name: _box(name, holder, wanted) for name in offered}
    return Picker(
        jobs=tuple(box for name, box in boxes.items() if _is_job(expand(name))),
        lines=tuple(_lines(boxes)),
        left_out=tuple(name for name in _names() if name not in boxes),
        may_choose_everything=not _is_beyond_key(caller, FULL),
    )


def role_lines(chosen: Sequence[str]) -> list[Line]:
    """Return the same matrix for the permissions of a role: every type with all its actions."""
    boxes = {
        f"{name}:{action}": Box(
            scope=f"{name}:{action}",
            label=_label(action, action.replace("_", " ")),
            sentence=sentence,
            endpoints="",
            is_chosen=f"{name}:{action}" in chosen,
        )
        for name, resource in RESOURCE_DETAILS.items()
        for action, sentence in resource.actions.items()
    }
    return [*_lines(boxes)]


def unnarrowed(subject: Subject) -> Subject:
    """Return somebody with all that their roles grant, whatever key they came with."""
    return prepare(id=subject.id, grants=subject.grants, groups=subject.groups)


def beyond_roles(holder: Subject, names: Sequence[str]) -> list[str]:
    """Return those of the scopes that the holder's roles grant nothing of."""
    return [name for name in names if not _is_granted(holder, expand(name))]


@cache
def endpoints() -> Mapping[str, tuple[str, ...]]:
    """Return the endpoints of the API that ask for each permission, as `GET /users/{user}`."""
    found: dict[str, set[str]] = {}
    for pattern, view in api_routes():
        for method, action in (getattr(view, "actions", None) or {}).items():
            access = view.cls.access.get(action)
            if method != "head" and isinstance(access, Asks):
                path = template(pattern).removeprefix("/api/v2")
                found.setdefault(access.permission, set()).add(f"{method.upper()} {path}")
    return {permission: tuple(sorted(asked)) for permission, asked in found.items()}


def _names() -> list[str]:
    return [name for name in PUBLIC if canonical(name) == name and name != FULL]


def _is_job(scope: Scope) -> bool:
    return scope.kind in {"composite", "app"}


def _is_beyond_key(caller: Caller, name: str) -> bool:
    return caller.is_narrowed and bool(scopes_cover(caller.scopes, [name]))


def _box(name: str, holder: Subject, wanted: set[str]) -> Box:
    scope = expand(name)
    around = [other for other in sorted(wanted - {name, FULL}) if not scopes_cover([other], [name])]
    action = name.partition(":")[2]
    asked = [one for permission in _permissions(scope) for one in endpoints().get(permission, ())]
    return Box(
        scope=name,
        label=_label(action, scope.description),
        sentence=scope.description,
        endpoints=" ".join(asked),
        is_chosen=name in wanted or bool(around),
        included_by=around[0] if around else "",
        is_beyond_roles=not _is_granted(holder, scope),
    )


def _label(action: str, otherwise: str) -> str:
    return dict(COLUMNS).get(action) or _WORDS.get(action) or otherwise


def _permissions(scope: Scope) -> list[str]:
    return [f"{one.resource}:{one.action}" for one in scope.permissions]


def _is_granted(holder: Subject, scope: Scope) -> bool:
    """Say whether the roles grant anything of a scope, for some object somewhere."""
    return any(
        decide(holder, action, place)
        for one in scope.permissions
        for action in (
            RESOURCE_DETAILS[one.resource].actions if one.action == ANY else [one.action]
        )
        for place in _places(one.resource, holder.id)
    )


def _places(resource: str, holder: str) -> list[Object]:
    owner = holder if resource in OWNED else ""
    return [
        Object(resource),
        Object(resource, owner=owner),
        Object(resource, owner=owner, any_organization=True),
    ]


def _lines(boxes: Mapping[str, Box]) -> Iterator[Line]:
    for name, resource in RESOURCE_DETAILS.items():
        own = {scope: box for scope, box in boxes.items() if scope.partition(":")[0] == name}
        if not own:
            continue
        columns = tuple(own.get(f"{name}:{action}") for action, _ in COLUMNS)
        everything = own.get(f"{name}:{ANY}")
        more = tuple(box for box in own.values() if box not in columns and box is not everything)
        things = resource.things
        yield Line(name, things[0].upper() + things[1:], columns, more, everything)
