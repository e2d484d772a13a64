"""Read the keys that the caller may read."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from coderauth.errors import NotFound
from coderauth.http.query import Page
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.keys.rows import key_find, key_object
from scopes.models import Key, KeyQuerySet
from scopes.people import user_object


def key_get(*, caller: Caller, key_id: str) -> Key:
    """Return a key by id; raises NotFound when the caller may not read it."""
    return _readable(caller, key_find(key_id))


def token_get(*, caller: Caller, user_id: UUID | str, name: str) -> Key:
    """Return a user's key by its name; unnamed keys are never found."""
    if not name or "\x00" in name:
        raise NotFound("not_found")
    return _readable(caller, Key.objects.filter(user_id=user_id, name=name).first())


def _readable(caller: Caller, key: Key | None) -> Key:
    if key is None or not _is_readable(caller, key):
        raise NotFound("not_found")
    return key


def owner_names(caller: Caller, keys: Iterable[Key]) -> dict[UUID, str]:
    """Return the usernames of the keys' users; none at all if the caller may not read one."""
    people: dict[UUID, str] = {key.user_id: key.user.username for key in keys}
    readable = all(decide(caller.subject, "read", user_object(person)) for person in people)
    return people if readable else {}


def tokens_visible(
    *,
    caller: Caller,
    user_id: UUID | str | None,
    page: Page | None = None,
    with_expired: bool = True,
) -> list[Key]:
    """Return a page of the tokens of one user, or of everybody, that the caller may read.

    At most two queries, whatever the number. If the caller cannot read the keys of strangers, the
    database does not send them.
    """
    keys = Key.objects.tokens().select_related("user").order_by("created_at", "id")
    if user_id is not None:
        keys = keys.filter(user_id=user_id)
    elif not decide(caller.subject, "read", Object(type="api_key", owner="somebody else")):
        keys = keys.filter(user_id=caller.id)
    if not with_expired:
        keys = keys.unexpired(timezone.now())
    # All of the remaining rows are readable, or none, unless the allow list names some.
    rows = (page or Page()).rows
    if caller.subject.allow_list is None:
        return [key for key in keys[rows] if _is_readable(caller, key)]
    return [key for key in keys if _is_readable(caller, key)][rows]


def _is_readable(caller: Caller, key: Key) -> bool:
    return decide(caller.subject, "read", key_object(key)).allowed


def tokens_matching(*, user_id: UUID | None = None, scope: str = "") -> KeyQuerySet:
    """Return tokens, whoever asks: of one user, with this scope in their list."""
    keys = Key.objects.tokens().select_related("user").order_by("created_at", "id")
    if user_id is not None:
        keys = keys.filter(user_id=user_id)
    if scope:
        keys = keys.with_scope(scope)
    return keys
