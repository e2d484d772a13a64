"""What an entry says, in the words of people: `suspended tim`."""

from dataclasses import dataclass
from typing import Any

from audit.models import Entry

# What was done, by the action and the type; the target is named after it.
_VERBS = {
    ("create", "user"): "made the account",
    ("register", "user"): "signed up as",
    ("write", "user"): "changed the account",
    ("delete", "user"): "deleted the account",
    ("request_password_reset", "user"): "asked for a passcode for",
    ("login", "api_key"): "signed in",
    ("logout", "api_key"): "signed out",
    ("create", "api_key"): "made the key",
    ("write", "api_key"): "changed the key",
    ("delete", "api_key"): "revoked the key",
    ("create", "convert_login"): "began to change the sign-in of",
    ("create", "organization"): "made the organization",
    ("write", "organization"): "changed the organization",
    ("delete", "organization"): "deleted the organization",
    ("create", "organization_member"): "added a member to",
    ("write", "organization_member"): "changed the roles of a member of",
    ("delete", "organization_member"): "removed a member from",
    ("create", "group"): "made the group",
    ("write", "group"): "changed the group",
    ("delete", "group"): "deleted the group",
    ("create", "custom_role"): "made the role",
    ("write", "custom_role"): "changed the role",
    ("delete", "custom_role"): "deleted the role",
    ("create", "object"): "registered the object",
    ("write", "object"): "changed the object",
    ("delete", "object"): "removed the object",
}
# What a change of one field means; the first that is in the diff, and of its new value.
_CHANGES: dict[str, tuple[tuple[str, object, str], ...]] = {
    "user": (
        ("status", "suspended", "suspended"),
        ("status", "active", "activated"),
        ("status", "dormant", "marked as dormant"),
        ("rbac_roles", None, "changed the site roles of"),
        ("login_type", None, "changed how one signs in as"),
        ("hashed_password", None, "changed the password of"),
        ("username", None, "renamed"),
    ),
    "api_key": (
        ("paused", True, "paused the key"),
        ("paused", False, "resumed the key"),
        ("rotated_at", None, "rotated the key"),
        ("expires_at", None, "expired the key"),
    ),
}
# Uses that are recorded, by what else the entry says.
_USES = {
    "first_use": "first used the key",
    "old_secret": "used the old secret of the key",
}
# The first words of what was tried in vain.
_INFINITIVES = {
    "activated": "activate", "added": "add", "asked": "ask", "began": "begin", "changed": "change",
    "deleted": "delete", "expired": "expire", "made": "make", "marked": "mark", "paused": "pause",
    "registered": "register", "removed": "remove", "renamed": "rename", "resumed": "resume",
    "revoked": "revoke", "rotated": "rotate", "signed": "sign", "suspended": "suspend",
}  # fmt: skip
_SESSION = "a session"
_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was done, and to whom or what; `is_refused` says that it was only tried."""

    verb: str
    target: str
    is_refused: bool


def sentence(entry: Entry) -> Sentence:
    """Return an entry in words, without who did it and when."""
    target = entry.resource_target
    if entry.resource_type == "api_key" and not target and entry.action != "login":
        target = _SESSION if entry.action != "logout" else ""
    verb, is_refused = _verb(entry), entry.status_code >= _REFUSED
    if is_refused:
        first, _, rest = verb.partition(" ")
        verb = f"tried to {_INFINITIVES.get(first, first)} {rest}".rstrip()
    return Sentence(verb, target, is_refused=is_refused)


def _verb(entry: Entry) -> str:
    for name, verb in _USES.items():
        if entry.additional_fields.get(name):
            return verb
    if entry.action == "write":
        for name, wanted, verb in _CHANGES.get(entry.resource_type, ()):
            change: dict[str, Any] | None = entry.diff.get(name)
            if change is not None and wanted in (None, change.get("new")):
                return verb
    usual = _VERBS.get((entry.action, entry.resource_type))
    return usual or f"{entry.action} {entry.resource_type.replace('_', ' ')}"
