"""Access lists of registered objects: what they may hold, and who may grant it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from coderauth.errors import Forbidden, InvalidRequest, Validation
from coderauth.http.uuids import parse_uuid
from scopes.engine.decision import Object, Subject, acl_grants, decide
from scopes.engine.policy import ANY, RESOURCES

# Actions by the id of a user or group; ids as the engine writes them.
Acl = dict[str, list[str]]

MAX_GRANTEES: Final = 1000
USERS, GROUPS = "acl_user_list", "acl_group_list"


def acl_read(sent: Mapping[str, Any], kind: str, field: str) -> Acl:
    """Return an access list in the stored form: ids in one spelling, actions sorted, nothing empty.

    Raises InvalidRequest with everything that is wrong with it.
    """
    wrong: list[Validation] = []
    if len(sent) > MAX_GRANTEES:
        wrong.append(Validation(field, f"An access list has at most {MAX_GRANTEES} entries."))
    found: dict[UUID, set[str]] = {}
    for text, actions in sent.items() if not wrong else ():
        identifier = parse_uuid(text)
        reason = _refusal(identifier, actions, kind)
        if reason:
            wrong.append(Validation(f"{field}.{text}", reason))
        elif identifier is not None:
            found.setdefault(identifier, set()).update(actions)
    if wrong:
        raise InvalidRequest("validation_failed", validations=wrong)
    return {str(identifier): sorted(actions) for identifier, actions in found.items() if actions}


def _refusal(identifier: UUID | None, actions: Any, kind: str) -> str:
    if identifier is None:
        return "This is not the id of a user or group: it must be a UUID."
    if type(actions) is not list or not all(type(action) is str for action in actions):
        return 'The actions must be a list of strings, such as ["read"].'
    unknown = sorted({*actions} - {*RESOURCES[kind], ANY})
    if unknown:
        known = ", ".join((*RESOURCES[kind], ANY))
        return f"A {kind} has no action {', '.join(unknown)}; it has {known}."
    return ""


def newly_granted(wanted: Acl, before: Mapping[str, Sequence[str]]) -> Acl:
    """Return the part of a list that another list does not already grant."""
    added = {
        grantee: [one for one in actions if not acl_grants(before.get(grantee, ()), one)]
        for grantee, actions in wanted.items()
    }
    return {grantee: actions for grantee, actions in added.items() if actions}


def require_grantable(subject: Subject, judged: Object, granted: Acl, field: str) -> None:
    """Raise Forbidden if a list grants what its author may not do to the object.

    So nobody gives anybody, including themselves, more than their roles and their key permit.
    """
    if not granted:
        return
    held = frozenset(one for one in RESOURCES[judged.type] if decide(subject, one, judged))
    refused: list[Validation] = []
    for grantee, actions in granted.items():
        wanted = {*RESOURCES[judged.type]} if ANY in actions else {*actions}
        lacking = ", ".join(sorted(wanted - held))
        if lacking:
            refused.append(
                Validation(f"{field}.{grantee}", f"You may not do this yourself: {lacking}.")
            )
    if refused:
        raise Forbidden("acl_beyond_author", validations=refused)
