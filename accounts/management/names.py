"""What commands say about impossible names."""

from accounts import rules
from coderauth.commands.operator import UsageError


def require_names(*, email: str | None, username: str) -> None:
    """Raise UsageError for an address or a username that no account can have.

    An address of None is none, which service accounts have.
    """
    if email is not None and not rules.email.accepts(email):
        raise UsageError(f"{email!r} is not an e-mail address.")
    if not rules.new_username.accepts(username):
        raise UsageError(
            f"{username!r} cannot be a username: 1 to 32 letters, digits and single hyphens "
            'between them, and not "new", "create" or "me".'
        )
