"""People as this room sees them: users with an id, a name and roles.

Scopes never imports accounts; the user model is reached through Django.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from django.contrib.auth import get_user_model

from coderauth.errors import InvalidRequest, NotFound
from coderauth.http.uuids import parse_uuid
from scopes.actors import Actor
from scopes.callers import Caller, grants
from scopes.engine.decision import Grant, Object, decide
from scopes.models import CustomRole, Membership

Permissions = Sequence[Mapping[str, Any]]


class Person(Protocol):
    """What an instance of the user model and a caller have in common."""

    @property
    def pk(self) -> Any: ...
    @property
    def username(self) -> str: ...
    @property
    def login_type(self) -> str: ...
    @property
    def site_roles(self) -> Sequence[str]: ...
    @property
    def is_service_account(self) -> bool: ...


def user_object(user_id: object) -> Object:
    """Return a user as the engine judges it; everybody owns themselves."""
    return Object(type="user", id=str(user_id), owner=str(user_id))


def grants_of(user: Any) -> list[Grant]:
    """Return everything that a user's stored roles grant. At most two queries."""
    rows = list(Membership.objects.filter(user=user.pk).values_list("organization_id", "roles"))
    custom: dict[UUID, dict[str, Permissions]] = defaultdict(dict)
    stored = CustomRole.objects.filter(organization__in=[home for home, roles in rows if roles])
    for home, name, permissions in stored.values_list("organization_id", "name", "permissions"):
        custom[home][name] = permissions
    return grants(user.site_roles, [(str(home), roles, custom[home]) for home, roles in rows])


def is_self(caller: Actor, person: Person) -> bool:
    return str(person.pk) == caller.id


def resolve_person(caller: Caller, reference: str) -> Any:
    """Return the user that a path means by `me`, an id or a username (accounts.md 1.12).

    `me` is the caller, without a query. An id also finds a deleted user. Raises NotFound for an
    unreadable `me`, and InvalidRequest alike for an unknown user and one the caller may not read.
    """
    if reference == "me":
        if not decide(caller.subject, "read", user_object(caller.id)):
            raise NotFound("not_found")
        return caller
    user = _find(reference)
    if user is None or not decide(caller.subject, "read", user_object(user.pk)):
        raise InvalidRequest("unknown_user", user=reference)
    return user


def find_person(caller: Caller, reference: str) -> Any:
    """Return the user that a path means, whether or not the caller may read them.

    For acts on memberships, which have permissions of their own. Raises InvalidRequest.
    """
    user = caller if reference == "me" else _find(reference)
    if user is None:
        raise InvalidRequest("unknown_user", user=reference)
    return user


def _find(reference: str) -> Any | None:
    users = get_user_model()._default_manager
    identifier = parse_uuid(reference)
    if identifier is not None:
        return users.filter(pk=identifier).first()
    if "\x00" in reference:
        return None
    return users.with_username(reference).first()


def people_named(username: str) -> Any:
    """Return the living people of a username, as rows to filter others by; none or one."""
    return get_user_model()._default_manager.with_username(username)


def person_find(reference: str) -> Any | None:
    """Return a living user by id, username or e-mail address, whoever asks."""
    users: Any = get_user_model()._default_manager
    identifier = parse_uuid(reference)
    if identifier is not None:
        return users.filter(pk=identifier, is_deleted=False).first()
    if "\x00" in reference:
        return None
    by = users.with_email if "@" in reference else users.with_username
    return by(reference).first()
