"""Read and compare allow lists: the (type, id) pairs to which a key is confined.

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


def normalize(entries: Collection[AllowEntry]) -> tuple[AllowEntry, ...]:
    """Return the sorted list without entries that a wildcard in it already covers.

    Raises AllowListError for more than MAX_ENTRIES, counted before anything is dropped.
    """
    if len(entries) > MAX_ENTRIES:
        raise AllowListError(f"allow_list has {len(entries)} entries; max allowed is {MAX_ENTRIES}")
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


def covers(held: Collection[AllowEntry], wanted: Iterable[AllowEntry]) -> bool:
    """Say whether `held` lists everything that `wanted` lists, now and in future."""
    entries = frozenset(held)
    return all(
        not entries.isdisjoint(
            {(resource, identifier), (resource, ANY), (ANY, identifier), (ANY, ANY)}
        )
        for resource, identifier in wanted
    )
