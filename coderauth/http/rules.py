"""Rules for text that people send, and the few that every room shares (accounts.md 1.6)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from coderauth.http.uuids import parse_uuid

NAME_BYTES = 32
DISPLAY_NAME_BYTES = 128
ICON_CHARACTERS = 1024

NAME_PATTERN = "[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
RESERVED_NAMES = frozenset({"new", "create"})
NAME_SCHEMA: Mapping[str, object] = {"pattern": f"^{NAME_PATTERN}$", "maxLength": NAME_BYTES}

_NAME = re.compile(NAME_PATTERN)


@dataclass(frozen=True, slots=True)
class Rule:
    """A named condition on a text; `tag` is the name that clients see when it fails.

    `schema` is what the OpenAPI document can say of it.
    """

    tag: str
    accepts: Callable[[str], bool]
    schema: Mapping[str, object] = field(default_factory=dict)


def normalize_display_name(name: str) -> str:
    """Return the nearest valid name: trimmed, at most 128 bytes of whole letters, no NUL."""
    cut = name.replace("\0", "").strip().encode("utf-8", "replace")[:DISPLAY_NAME_BYTES]
    return cut.decode("utf-8", "ignore").rstrip()


def is_display_name(text: str) -> bool:
    return text == normalize_display_name(text)


def is_name(text: str) -> bool:
    """Say whether a text can be the name by which a path finds something."""
    return (
        len(text) <= NAME_BYTES and _NAME.fullmatch(text) is not None and text not in RESERVED_NAMES
    )


def is_new_name(text: str) -> bool:
    """Say whether something may be given this name; names with another meaning are refused.

    `me` and whatever reads as a UUID mean somebody else in a path, so nothing could be addressed
    by such a name. Names are looked up in any case, hence `Me` is refused as well.
    """
    return is_name(text) and text.lower() != "me" and parse_uuid(text) is None


required = Rule("required", bool, {"minLength": 1})
icon = Rule("icon", lambda text: len(text) <= ICON_CHARACTERS, {"maxLength": ICON_CHARACTERS})
display_name = Rule("display_name", is_display_name, {"maxLength": DISPLAY_NAME_BYTES})
