"""List the scopes a key may carry, and what each of them permits.

Scopes only permit: each is a list of site permissions without negations. What the holder's roles do
not grant stays out of reach.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from scopes.engine.policy import ANY, RESOURCE_DETAILS, RESOURCES
from scopes.engine.roles import Permission

Kind = Literal["full", "app", "low_level", "wildcard", "composite", "internal"]

FULL: Final = "coder:all"
APPLICATION_CONNECT: Final = "coder:application_connect"
NO_USER_DATA: Final = "no_user_data"
ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {"all": FULL, "application_connect": APPLICATION_CONNECT}
)


class UnknownScopeError(ValueError):
    """Say that no scope has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no scope named {json.dumps(name, ensure_ascii=False)}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Scope:
    """Describe one scope; `permissions` hold at site level and never negate."""

    name: str
    permissions: tuple[Permission, ...]
    description: str
    kind: Kind


def _permissions(table: Mapping[str, str]) -> tuple[Permission, ...]:
    return tuple(
        Permission(resource, action)
        for resource in sorted(table)
        for action in sorted(table[resource].split())
    )


def _low_level() -> list[Scope]:
    scopes: list[Scope] = []
    for resource in RESOURCE_DETAILS.values():
        name = resource.name
        everything = f"Do everything the holder may do with {resource.things}."
        scopes.append(Scope(f"{name}:*", _permissions({name: ANY}), everything, "wildcard"))
        scopes.extend(
            Scope(f"{name}:{action}", _permissions({name: action}), description, "low_level")
            for action, description in resource.actions.items()
        )
    return scopes


_HIGH_LEVEL = (
    Scope(FULL, _permissions({ANY: ANY}), "Do everything the holder may do.", "full"),
    Scope(
        APPLICATION_CONNECT,
        _permissions({"workspace": "application_connect"}),
        "Open the applications that run in workspaces, and nothing else.",
        "app",
    ),
    Scope(
        NO_USER_DATA,
        _permissions({name: ANY for name in RESOURCES if name != "user"}),
        "Do everything the holder may do, except with users and their data.",
        "internal",
    ),
)
_COMPOSITES = (
    Scope(
        "coder:workspaces.create",
        _permissions({"template": "read use", "workspace": "create read update"}),
        "Create workspaces from templates and configure them.",
        "composite",
    ),
    Scope(
        "coder:workspaces.operate",
        _permissions({"workspace": "read update"}),
        "See and change existing workspaces.",
        "composite",
    ),
    Scope(
        "coder:workspaces.delete",
        _permissions({"workspace": "delete read"}),
        "Find and delete workspaces.",
        "composite",
    ),
    Scope(
        "coder:workspaces.access",
        _permissions({"workspace": "application_connect read ssh"}),
        "Find workspaces, and enter them by SSH or through their applications.",
        "composite",
    ),
    Scope(
        "coder:templates.build",
        _permissions({"file": "create read", "provisioner_jobs": "read", "template": "read"}),
        "Upload files for templates and follow their build jobs.",
        "composite",
    ),
    Scope(
        "coder:templates.author",
        _permissions(
            {"file": "create read", "template": "create delete read update view_insights"}
        ),
        "Write, publish and delete templates, and see how much they are used.",
        "composite",
    ),
    Scope(
        "coder:apikeys.manage_self",
        _permissions({"api_key": "create delete read update"}),
        "Manage the holder's own API keys.",
        "composite",
    ),
)

_BY_NAME: Final[Mapping[str, Scope]] = {
    scope.name: scope for scope in (*_HIGH_LEVEL, *_COMPOSITES, *_low_level())
}

_PUBLIC_ACTIONS: Mapping[str, str] = {
    "api_key": "create delete read update *",
    "file": "create read *",
    "organization": "delete read update *",
    "task": "create delete read update *",
    "template": "create delete read update use *",
    # A narrowed key must be able to read the user to whom it belongs, hence user:read.
    "user": "read read_personal update_personal *",
    "user_secret": "create delete read update *",
    "workspace": "application_connect create delete read ssh start stop update *",
}
PUBLIC: Final[tuple[str, ...]] = tuple(
    sorted(
        {
            *ALIASES,
            FULL,
            APPLICATION_CONNECT,
            *(scope.name for scope in _COMPOSITES),
            *(f"{name}:{act}" for name, acts in _PUBLIC_ACTIONS.items() for act in acts.split()),
        }
    )
)
_PUBLIC_NAMES = frozenset(PUBLIC)


def canonical(name: str) -> str:
    """Return the spelling that is stored: the two short names become their long ones."""
    return ALIASES.get(name, name)


def is_public(name: str) -> bool:
    """Say whether a caller may ask for this scope."""
    return name in _PUBLIC_NAMES


def expand(name: str) -> Scope:
    """Return the scope with this name, under its canonical name.

    Knows every storable name, public or not. Raises UnknownScopeError.
    """
    scope = _BY_NAME.get(canonical(name))
    if scope is None:
        raise UnknownScopeError(name)
    return scope


def scopes_cover(held: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the scopes of `wanted` that reach beyond `held`; empty means that all are covered.

    Only a wildcard covers a wildcard: a key with every action of today must not make one that also
    gets the actions of tomorrow. Raises UnknownScopeError.
    """
    held_permissions = {permission for name in held for permission in expand(name).permissions}
    return tuple(
        name
        for name in wanted
        if not all(_is_within(want, held_permissions) for want in expand(name).permissions)
    )


def _is_within(want: Permission, held: set[Permission]) -> bool:
    return any(
        Permission(resource, action) in held
        for resource in (want.resource, ANY)
        for action in (want.action, ANY)
    )
