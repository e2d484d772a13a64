"""Find the claim that a configured name means: one of that name, or a path into one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_PART = re.compile(r"(?:\\[.\\]|[^.])+")
_ESCAPED = re.compile(r"\\([.\\])")


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return the claim of that exact name, or what a path leads to, such as `realm_access.roles`.

    A backslash makes a dot part of a name: `resource_access.my\\.client.roles`. Through a list, the
    path leads to the value in each of its objects: `groups.name`. None if there is nothing.
    """
    if name in claims:
        return claims[name]
    parts = path(name)
    return _follow(claims, parts) if len(parts) > 1 else None


def path(name: str) -> list[str]:
    """Return the names in a path; the first one is a claim's."""
    return [_ESCAPED.sub(r"\1", part) for part in _PART.findall(name)]


def paths(claims: Mapping[str, Any], *above: str) -> Iterator[str]:
    """Yield a name or path for each claim and for everything inside of claims."""
    for name, value in claims.items():
        parts = (*above, name)
        if isinstance(value, dict) and value:
            yield from paths(value, *parts)
        elif above:
            yield ".".join(part.replace("\\", r"\\").replace(".", r"\.") for part in parts)
        else:
            yield name


def _follow(value: Any, parts: list[str]) -> Any:
    for number, part in enumerate(parts):
        if isinstance(value, list):
            found = [_follow(one, parts[number:]) for one in value]
            return [one for one in found if one is not None]
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value
