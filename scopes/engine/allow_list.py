"""Read and combine allow lists: the (type, id) pairs to which a key is confined.

On the wire an entry is `type:id`, and either part may be `*`. The empty list lists nothing.
"""

import json
import re
from collections.abc import Collection, Iterable
from typing import Final

from scopes.engine.decision import EVERYTHING, AllowEntry
from scopes.engine.policy import ANY, RESOURCES

MAX_ENTRIES: Final = 128
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class AllowListError(ValueError):
    """Say what is wrong with an allow list; the text is the one clients see."""


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def parse(text: str) -> AllowEntry:
    """Read one `type:id` entry; the uuid comes back in lower case. Raises AllowListError."""
    resource, colon, identifier = text.partition(":")
    if not (resource and colon and identifier):
        raise AllowListError(f"invalid allow_list entry {_quote(text)}: want <type>:<id>")
    if resource != ANY and resource not in RESOURCES:
        raise AllowListError(f"unknown resource type {_quote(resource)}")
    if identifier != ANY and not _UUID.fullmatch(identifier.lower()):
        raise AllowListError(f"invalid {resource} ID (must be UUID): {_quote(identifier)}")
    return resource, identifier.lower()


def render(entry: AllowEntry) -> str:
    """Write one entry the way `parse` reads it."""
    return ":".join(entry)


def normalize(entries: Collection[AllowEntry]) -> tuple[AllowEntry, ...]:
    """Return the sorted list without what a wildcard in it already says.

    Raises AllowListError for more than MAX_ENTRIES, counted before anything is dropped.
    """
    if len(entries) > MAX_ENTRIES:
        raise AllowListError(f"allow_list has {len(entries)} entries; max allowed is {MAX_ENTRIES}")
    return _collapse(entries)


def _collapse(entries: Iterable[AllowEntry]) -> tuple[AllowEntry, ...]:
    unique = set(entries)
    if (ANY, ANY) in unique:
        return EVERYTHING
    return tuple(
        sorted(
            (resource, identifier)
            for resource, identifier in unique
            if identifier == ANY or (resource, ANY) not in unique
        )
    )


def intersect(
    left: Collection[AllowEntry], right: Collection[AllowEntry]
) -> tuple[AllowEntry, ...]:
    """Return the list that lists exactly what both lists list."""
    common: list[AllowEntry] = []
    for left_type, left_id in left:
        for right_type, right_id in right:
            resource = _narrower(left_type, right_type)
            identifier = _narrower(left_id, right_id)
            if resource is not None and identifier is not None:
                common.append((resource, identifier))
    return _collapse(common)


def _narrower(left: str, right: str) -> str | None:
    if left == ANY:
        return right
    return left if right in (ANY, left) else None


def covers(held: Collection[AllowEntry], wanted: Iterable[AllowEntry]) -> bool:
    """Say whether all that `wanted` lists, today and tomorrow, is listed by `held`."""
    entries = frozenset(held)
    return all(
        not entries.isdisjoint(
            {(resource, identifier), (resource, ANY), (ANY, identifier), (ANY, ANY)}
        )
        for resource, identifier in wanted
    )
