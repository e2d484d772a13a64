"""`authcheck`: may this caller do these things? (authorization.md 4)"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coderauth.errors import InvalidRequest, Validation
from coderauth.http.uuids import parse_uuid, uuid_error
from scopes.authcheck.stored_objects import WITH_IDS, stored_objects
from scopes.engine.decision import Object, Subject, decide
from scopes.engine.explain import Explanation, explain
from scopes.keys.rows import key_id_is_possible

MAX_RESOURCE_IDS = 10


@dataclass(slots=True)
class Check:
    """One question; `resource_id` asks about a stored object instead of the described one."""

    action: str
    resource_type: str = ""
    owner_id: str = ""
    organization_id: str = ""
    any_org: bool = False
    resource_id: str = ""


def answer(subject: Subject, checks: Mapping[str, Check]) -> dict[str, bool]:
    """Return yes or no for each check; one query for all checks about ids."""
    return {
        name: target is not None and decide(subject, checks[name].action, target).allowed
        for name, target in _targets(subject, checks).items()
    }


def answer_explained(
    subject: Subject, checks: Mapping[str, Check]
) -> dict[str, Explanation | None]:
    """Return what decided each check; None for an id that is unknown or unreadable."""
    return {
        name: None if target is None else explain(subject, checks[name].action, target)
        for name, target in _targets(subject, checks).items()
    }


def _targets(subject: Subject, checks: Mapping[str, Check]) -> dict[str, Object | None]:
    by_id = [check for check in checks.values() if check.resource_id]
    if len(by_id) > MAX_RESOURCE_IDS:
        raise InvalidRequest(
            "too_many_resource_ids", found=len(by_id), excess=len(by_id) - MAX_RESOURCE_IDS
        )
    targets: dict[str, Object | None] = {}
    me = subject.id
    for name, check in checks.items():
        if not check.resource_type:
            raise InvalidRequest("resource_type_missing", key=name)
        if not check.resource_id:
            owner = check.owner_id
            targets[name] = Object(
                check.resource_type,
                "",
                me if owner == "me" else owner,
                check.organization_id,
                check.any_org,
            )
    if by_id:
        stored = _stored(by_id)
        for name, check in checks.items():
            if check.resource_id:
                found = stored.get((check.resource_type, check.resource_id))
                readable = found is not None and decide(subject, "read", found)
                targets[name] = found if readable else None
    return targets


def _stored(checks: Iterable[Check]) -> dict[tuple[str, str], Object]:
    """Return the objects behind the ids; their owner, organization and ACLs are the stored ones."""
    wanted: dict[tuple[str, str], tuple[str, str]] = {}
    for check in checks:
        asked = (check.resource_type, check.resource_id)
        wanted[asked] = (check.resource_type, _identifier(check))
    found = stored_objects(wanted.values())
    return {asked: found[name] for asked, name in wanted.items() if name in found}


def _identifier(check: Check) -> str:
    """Return the id as the engine writes it; raises InvalidRequest for an impossible one."""
    if check.resource_type == "api_key" and key_id_is_possible(check.resource_id):
        return check.resource_id
    identifier = parse_uuid(check.resource_id)
    if identifier is None:
        raise InvalidRequest(
            "resource_id_invalid",
            resource_id=check.resource_id,
            validations=[Validation("resource_id", uuid_error(check.resource_id))],
        )
    if check.resource_type not in WITH_IDS:
        refusal = InvalidRequest("resource_id_unsupported", resource_type=check.resource_type)
        refusal.validations = (Validation("resource_type", refusal.message),)
        raise refusal
    return str(identifier)
