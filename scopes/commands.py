"""What commands of several rooms ask of people."""

from typing import Any

from coderauth.commands.operator import found
from scopes.people import person_find


def named_user(reference: str) -> Any:
    """Return a living user by id, username or e-mail address, or raise CommandError."""
    advice = "Give a username, an e-mail address or an id."
    return found(person_find(reference), "user", reference, advice)
