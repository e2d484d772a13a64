"""The rules file: which requests need what. It needs no Django: the settings read it.

A rule fits a request by host, path and method; the first that fits decides, and without one the
answer is no.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from typing import Any, Final
from urllib.parse import unquote

from scopes.engine.catalog import UnknownScopeError, expand
from scopes.engine.policy import RESOURCES

_KEYS: Final = frozenset(
    {"name", "hosts", "paths", "methods", "needs", "resource_id", "owner_id", "organization_id",
     "scope"}
)  # fmt: skip
# A path that a server behind the proxy may read in another way than we do.
_AMBIGUOUS: Final = re.compile(r"//|/\.{1,2}(?:/|$)|\\|%2[fF]|%5[cC]|[\x00-\x1f\x7f]")


class RulesError(ValueError):
    """Say what is wrong in a rules file, and where."""


@dataclass(frozen=True)
class ForwardRule:
    """What requests to these hosts and paths need; nothing: only to be signed in.

    In hosts and paths, `*` stands for anything, slashes as well.
    """

    name: str
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    resource_id: str = ""
    owner_id: str = ""
    organization_id: str = ""
    scope: str = ""

    def fits(self, *, host: str, path: str, method: str) -> bool:
        return (
            (not self.hosts or _fits(self._hosts, host.lower()))
            and (not self.paths or _fits(self._paths, path))
            and (not self.methods or method.upper() in self.methods)
        )

    @cached_property
    def _hosts(self) -> list[re.Pattern[str]]:
        return [re.compile(translate(host.lower())) for host in self.hosts]

    @cached_property
    def _paths(self) -> list[re.Pattern[str]]:
        return [re.compile(translate(path), re.DOTALL) for path in self.paths]


def read_rules(text: str) -> Sequence[ForwardRule]:
    """Return the rules of a file; raises RulesError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesError(f"is not TOML: {error}") from error
    unknown = document.keys() - {"rules"}
    if unknown:
        raise RulesError(f"has {', '.join(sorted(unknown))}; only [[rules]] is known")
    rules = document.get("rules", [])
    if not isinstance(rules, list) or not rules:
        raise RulesError("has no [[rules]]")
    read = tuple(_rule(number, one) for number, one in enumerate(rules, start=1))
    names = [rule.name for rule in read]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RulesError(f"has two rules of the name {', '.join(twice)}")
    return read


def rule_for(
    rules: Iterable[ForwardRule], *, host: str, path: str, method: str
) -> ForwardRule | None:
    """Return the first rule that fits; None for a path that could be read in two ways."""
    if _AMBIGUOUS.search(path):
        return None
    plain = unquote(path)
    if _AMBIGUOUS.search(plain):
        return None
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return next((one for one in rules if one.fits(host=name, path=plain, method=method)), None)


def _rule(number: int, raw: Any) -> ForwardRule:
    where = f"rule {number}"
    if not isinstance(raw, Mapping):
        raise RulesError(f"{where} is no table")
    unknown = raw.keys() - _KEYS
    if unknown:
        raise RulesError(
            f"{where} has {', '.join(sorted(unknown))}; known is {', '.join(sorted(_KEYS))}"
        )
    rule = ForwardRule(
        name=_text(raw, "name", where) or f"rule-{number}",
        hosts=_texts(raw, "hosts", where),
        paths=_texts(raw, "paths", where),
        methods=tuple(one.upper() for one in _texts(raw, "methods", where)),
        needs=_texts(raw, "needs", where),
        resource_id=_text(raw, "resource_id", where),
        owner_id=_text(raw, "owner_id", where),
        organization_id=_text(raw, "organization_id", where),
        scope=_text(raw, "scope", where),
    )
    for path in rule.paths:
        if not path.startswith("/"):
            raise RulesError(f"{where}: the path {path!r} must begin with /")
    for permission in rule.needs:
        _require_permission(permission, where)
    _require_scope(rule.scope, where)
    if rule.resource_id and len(rule.needs) != 1:
        raise RulesError(f"{where}: resource_id goes with one permission in needs")
    return rule


def _require_permission(permission: str, where: str) -> None:
    resource, _, action = permission.partition(":")
    if action not in RESOURCES.get(resource, ()):
        raise RulesError(f"{where}: there is no permission {permission!r}, such as workspace:read")


def _require_scope(scope: str, where: str) -> None:
    try:
        if scope:
            expand(scope)
    except UnknownScopeError as error:
        raise RulesError(f"{where}: there is no scope {scope!r}") from error


def _fits(patterns: Sequence[re.Pattern[str]], text: str) -> bool:
    return any(pattern.match(text) for pattern in patterns)


def _text(raw: Mapping[str, Any], key: str, where: str) -> str:
    value = raw.get(key, "")
    if not isinstance(value, str):
        raise RulesError(f"{where}: {key} must be a text")
    return value


def _texts(raw: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = raw.get(key, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
        raise RulesError(f"{where}: {key} must be a text, or a list of texts")
    return tuple(values)
