"""Rules for text that people send: e-mail addresses, usernames and real names (accounts.md 1.6)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from coderauth.http.uuids import parse_uuid

EMAIL_BYTES = 254
USERNAME_BYTES = 32
REAL_NAME_BYTES = 128
ICON_CHARACTERS = 1024

USERNAME_PATTERN = "[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
RESERVED_USERNAMES = frozenset({"new", "create"})

_LETTER = r"[^\W\d_]"  # of any script
_ATOM = rf"(?:{_LETTER}|[0-9!#$%&'*+\-/=?^_`{{|}}~])+"
# The alternatives never match the same character: a failing match stays linear (no ReDoS).
_QUOTED = rf'"(?:{_LETTER}|[ !#-@\[\]-`{{-~]|\\[ -~])+"'
_ALPHANUMERIC = rf"(?:{_LETTER}|[0-9])"
_INNER = rf"(?:{_LETTER}|[0-9-])*"
_LABEL = rf"{_ALPHANUMERIC}(?:{_INNER}{_ALPHANUMERIC})?"
_LAST_LABEL = rf"{_LETTER}(?:{_INNER}{_LETTER})?"
_EMAIL = re.compile(
    rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@(?:{_LABEL}\.)+{_LAST_LABEL}",
)
_USERNAME = re.compile(USERNAME_PATTERN)


@dataclass(frozen=True, slots=True)
class Rule:
    """A named condition on a text; `tag` is the name that clients see when it fails."""

    tag: str
    accepts: Callable[[str], bool]


def normalize_real_name(name: str) -> str:
    """Return the nearest valid name: trimmed, at most 128 bytes of whole letters, no NUL."""
    cut = name.replace("\0", "").strip().encode("utf-8", "replace")[:REAL_NAME_BYTES]
    return cut.decode("utf-8", "ignore").rstrip()


def _is_email(text: str) -> bool:
    # The cap comes first: it also bounds what the pattern has to look at.
    return (
        len(text) <= EMAIL_BYTES
        and _EMAIL.fullmatch(text) is not None
        and len(text.encode()) <= EMAIL_BYTES
    )


def _is_username(text: str) -> bool:
    return (
        len(text) <= USERNAME_BYTES
        and _USERNAME.fullmatch(text) is not None
        and text not in RESERVED_USERNAMES
    )


def _is_new_username(text: str) -> bool:
    # `me` and whatever reads as a UUID mean somebody else in a path, so nobody could be
    # addressed by such a name. Names are looked up in any case, hence `Me` is refused as well.
    return _is_username(text) and text.lower() != "me" and parse_uuid(text) is None


required = Rule("required", bool)
email = Rule("email", _is_email)
username = Rule("username", _is_username)
new_username = Rule("username", _is_new_username)
# Names of what people make; `required` says whether there must be one.
role_name = Rule("role_name", lambda text: not text or _is_username(text))
organization_name = Rule("organization_name", lambda text: not text or _is_new_username(text))
group_name = Rule("group_name", lambda text: not text or _is_new_username(text))
icon = Rule("icon", lambda text: len(text) <= ICON_CHARACTERS)
display_name = Rule("display_name", lambda text: text == normalize_real_name(text))
user_real_name = Rule("user_real_name", lambda text: text == normalize_real_name(text))
