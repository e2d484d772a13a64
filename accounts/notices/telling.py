"""Make notices of what the audit records, in the same transaction as the act itself.

So no door and no service can forget one, nothing is told of an act that was rolled back, and
nothing is lost when the process ends before the mail is sent.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.models import Notice, User
from audit.models import Entry
from coderauth.http.uuids import parse_uuid
from scopes.engine.catalog import FULL
from scopes.engine.roles import OWNER

_FAILED = 400
_DONE = {"suspended": "suspended", "active": "activated"}


def tell(entries: Sequence[Entry]) -> None:
    """Store the notices that follow from these entries; costs nothing where there are none.

    One statement for those about one person, one more when administrators are told.
    """
    notices = [notice for entry in entries for notice in _notices(entry)]
    notices = [notice for notice in notices if notice.kind not in settings.NOTICES_OFF]
    if notices:
        Notice.objects.bulk_create(notices)


def _notices(entry: Entry) -> Iterator[Notice]:
    if entry.status_code >= _FAILED:
        return
    if entry.resource_type == "api_key":
        yield from _about_key(entry)
    elif entry.resource_type == "user":
        yield from _about_person(entry)


def _about_key(entry: Entry) -> Iterator[Notice]:
    facts = {"key": entry.resource_target}
    if entry.action == "login" and entry.user_agent:
        device = {"user_agent": entry.user_agent, "address": entry.ip_address or "an unknown one"}
        yield from _notice(entry, "new_device", entry.actor_id, device)
    elif entry.action == "create" and entry.resource_target and _is_full(entry):
        yield from _notice(entry, "full_access_key", entry.resource_id, facts)
    elif entry.action == "delete" and entry.additional_fields.get("leaked"):
        yield from _notice(entry, "key_leaked", entry.resource_id, facts)
    elif entry.action == "write" and entry.additional_fields.get("unused"):
        yield from _notice(entry, "key_unused", entry.resource_id, facts)


def _about_person(entry: Entry) -> Iterator[Notice]:
    changed, person = entry.diff, entry.resource_id
    if entry.action == "create":
        yield from _to_administrators(entry, "made")
    elif entry.action == "delete" and changed:
        yield from _notice(entry, "deleted", person)
        yield from _to_administrators(entry, "deleted")
    elif entry.action == "write":
        login_type = changed.get("login_type", {}).get("new")
        if login_type:
            yield from _notice(entry, "sign_in_changed", person, {"login_type": str(login_type)})
        elif "hashed_password" in changed:
            yield from _notice(entry, "password_changed", person)
        status = changed.get("status", {})
        done = _DONE.get(str(status.get("new", "")))
        was_dormant = status.get("old") == "dormant"
        if done and not was_dormant and entry.actor_id != parse_uuid(str(person)):
            yield from _notice(entry, done, person)
            yield from _to_administrators(entry, done)


def _is_full(entry: Entry) -> bool:
    return FULL in (entry.diff.get("scopes", {}).get("new") or ())


def _notice(
    entry: Entry, kind: str, person: object, facts: dict[str, Any] | None = None
) -> Iterator[Notice]:
    identifier = parse_uuid(str(person))
    if identifier is not None:
        actor = str(entry.actor_id or "")
        told = {"actor_id": actor, "at": entry.at.isoformat(), **(facts or {})}
        yield Notice(user_id=identifier, kind=kind, facts=told)


def _to_administrators(entry: Entry, done: str) -> Iterator[Notice]:
    """Yield a notice for each owner and user admin but the person and whoever did it."""
    about = {str(entry.resource_id), str(entry.actor_id or "")}
    facts = {"person": entry.resource_target, "done": done}
    for administrator in _administrators():
        if str(administrator) not in about:
            yield from _notice(entry, "people_changed", administrator, facts)


def _administrators() -> Iterator[Any]:
    rows = User.objects.living().filter(Q(is_service_account=False)).exclude(site_roles=[])
    for identifier, roles in rows.values_list("pk", "site_roles"):
        if {OWNER, "user-admin"} & {*roles}:
            yield identifier
