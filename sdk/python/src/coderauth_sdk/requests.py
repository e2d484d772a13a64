"""What is sent: paths, and bodies made of Python values."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

# A person or an organization: an id, a name, `me`, `default`.
Reference = UUID | str
ME = "me"
# The id that means the default organization, whatever its real id.
DEFAULT_ORGANIZATION = UUID(int=0)
MOST_ON_A_PAGE = 1000


def path(*segments: Reference) -> str:
    """Join segments into a path, each quoted.

    Raises ValueError for what would lead to another endpoint: an empty text, dots, and a slash,
    which servers read as a slash even if it is quoted.
    """
    texts = [str(segment) for segment in segments]
    for text in texts:
        if text in ("", ".", "..") or "/" in text:
            raise ValueError(f"{text!r} is neither an id nor a name")
    return "".join(f"/{quote(text, safe='')}" for text in texts)


def document(**values: Any) -> dict[str, Any]:
    """Return a JSON object of all values but those that are None."""
    return {name: plain(value) for name, value in values.items() if value is not None}


def plain(value: Any) -> Any:
    """Return a value in JSON's types."""
    if isinstance(value, UUID):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return document(**{one.name: getattr(value, one.name) for one in fields(value)})
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def page_size_of(size: int) -> int:
    """Return the size of a page; raises ValueError for an impossible one."""
    if not 1 <= size <= MOST_ON_A_PAGE:
        raise ValueError(f"page_size must be from 1 to {MOST_ON_A_PAGE}")
    return size
