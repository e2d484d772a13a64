"""What commands of several rooms share: whom and which tokens they mean, and how they show them."""

from typing import Any

from django.core.management.base import CommandError

from coderauth.commands.operator import Options, UsageError, found
from coderauth.http.times import format_time
from scopes.keys.rows import key_find, renews
from scopes.keys.selectors import tokens_matching
from scopes.models import KEY_ID_LENGTH, Key
from scopes.people import person_find

COLUMNS = ("id", "user", "name", "scopes", "allow list", "last used", "expires")
SEE = "See `manage.py tokens list`."


def named_user(reference: str) -> Any:
    """Return a living user by id, username or e-mail address, or raise CommandError."""
    advice = "Give a username, an e-mail address or an id."
    return found(person_find(reference), "user", reference, advice)


def chosen(options: Options) -> list[Key]:
    """Return the keys that were named: by id, or of a user by name or all. Raises CommandError."""
    key_id, user, name = options["id"], options["user"], options["name"]
    by_id = bool(key_id) and not (user or name or options["all"])
    by_user = bool(user) and not key_id and bool(name) != options["all"]
    if not by_id and not by_user:
        raise UsageError("Say which: an id, or --user with --name, or --user with --all.")
    if by_id:
        # A whole token is accepted, too, but its secret is not repeated.
        identifier = key_id.partition("-")[0][-KEY_ID_LENGTH:]
        return [found(key_find(identifier), "key", identifier, SEE)]
    person = named_user(user)
    keys = tokens_matching(user_id=person.pk)
    if options["all"]:
        return list(keys)
    token = keys.filter(name=name).first()
    if token is None:
        raise CommandError(f"{person.username} has no token {name!r}. {SEE}")
    return [token]


def counted(keys: list[Key]) -> str:
    """Return a key by its name, or how many tokens there are."""
    if len(keys) == 1:
        return f"{keys[0].name or 'the session'} ({keys[0].pk})"
    return f"{len(keys)} tokens"


def and_made(keys: list[Key], made: list[str]) -> str:
    """Say which keys end as well: those made by narrowed ones."""
    if not made:
        return ""
    them = f"key {made[0]}" if len(made) == 1 else f"{len(made)} keys"
    return f", and the {them} made by {'it' if len(keys) == 1 else 'them'}"


def cells(key: Key) -> tuple[str, ...]:
    """Return a key as a row of `COLUMNS`."""
    return (
        key.pk,
        key.user.username,
        key.name,
        ", ".join(key.scopes),
        ", ".join(key.allow_list),
        format_time(key.last_used_at) if key.last_used_at else "never",
        format_time(key.expires_at) + (" (paused)" if key.is_paused else ""),
    )


def document(key: Key) -> dict[str, Any]:
    """Return a key without its secret."""
    return {
        "id": key.pk,
        "user_id": str(key.user_id),
        "username": key.user.username,
        "token_name": key.name,
        "scopes": key.scopes,
        "allow_list": key.allow_list,
        "lifetime_seconds": key.lifetime_seconds,
        "last_used": format_time(key.last_used_at),
        "created_at": format_time(key.created_at),
        "expires_at": format_time(key.expires_at),
        "renews": renews(key),
        "paused": key.is_paused,
        "rotated_at": key.rotated_at and format_time(key.rotated_at),
        "old_valid_until": key.old_valid_until and format_time(key.old_valid_until),
    }
