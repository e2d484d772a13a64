"""Ask coderauth who calls, and whether they may."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from time import monotonic, time

from coderauth_sdk import (
    NO_RETRIES,
    Check,
    Client,
    CoderAuthError,
    Explanation,
    Introspection,
    NotSignedIn,
    RateLimited,
)
from rest_framework.exceptions import AuthenticationFailed, Throttled

from coderauth_django.configuration import Configuration, configuration
from coderauth_django.memory import Memory
from coderauth_django.refusals import Unavailable
from coderauth_django.users import CoderUser

logger = logging.getLogger("coderauth_django")
INTROSPECTION = [Check("read", "api_key")]


class Questions:
    """The questions of one process, on connections that stay open.

    An answer that lets somebody in is believed for `cache_seconds` from when it was asked for, a
    refusal never: what is revoked is refused after that time at the latest, what is granted works
    at once. Keys are remembered as their SHA-256. Nothing is tried again: the caller waits.
    """

    def __init__(self, given: Configuration) -> None:
        self._seconds = given.cache_seconds
        self._own = Client(given.url, given.token, timeout=given.timeout, retries=NO_RETRIES)
        self._users = Memory[CoderUser]()
        self._allowed = Memory[bool]()

    @property
    def has_key(self) -> bool:
        return bool(self._own.token)

    def client_of(self, key: str) -> Client:
        """Return a client that speaks for a caller, and hides the key from whatever prints it."""
        return self._own.with_token(key)

    def who(self, caller: Client) -> CoderUser:
        """Return whose key it is; raises AuthenticationFailed, Unavailable."""
        name, asked_at = _digest(caller), monotonic()
        user = self._users.get(name)
        if user is None:
            found = self._introspect(caller)
            user = CoderUser(found.sub, found.username, found.scopes, found.client_id)
            lives = min(self._seconds, found.exp - time())
            self._users.keep(name, user, until=asked_at + lives)
        return user

    def may(self, caller: Client, checks: Sequence[Check]) -> bool:
        """Say whether a caller may do all of this.

        Raises AuthenticationFailed, Throttled, Unavailable.
        """
        question, asked_at = (_digest(caller), *checks), monotonic()
        if self._allowed.get(question):
            return True
        with self._answering(caller):
            is_allowed = all(caller.authcheck(_numbered(checks)).values())
        if is_allowed:
            self._allowed.keep(question, answer=True, until=asked_at + self._seconds)
        return is_allowed

    def why(self, caller: Client, checks: Sequence[Check]) -> list[Explanation]:
        """Return what decides each check, in their order; raises the same."""
        with self._answering(caller):
            found = caller.explain(_numbered(checks))
        return [found[name] for name in _numbered(checks)]

    def _introspect(self, caller: Client) -> Introspection:
        with self._answering(self._own):
            found = self._own.tokens.introspect(caller.token)
        if found is not None:
            return found
        # Somebody who may not read keys is told the same about good ones.
        if not self.may(self._own, INTROSPECTION):
            logger.error("The key of this service may not read keys: it needs api_key:read.")
            raise Unavailable
        raise AuthenticationFailed

    @contextmanager
    def _answering(self, asking: Client) -> Iterator[None]:
        """Make refusals of what goes wrong. Not `from` it: frames of the client hold the key."""
        try:
            yield
        except CoderAuthError as error:
            if asking is not self._own:
                if isinstance(error, NotSignedIn):
                    raise AuthenticationFailed from None
                if isinstance(error, RateLimited):
                    raise Throttled(error.retry_after) from None
            raise _unavailable(error) from None


@cache
def _questions(given: Configuration) -> Questions:
    return Questions(given)


def questions() -> Questions:
    """Return the questions of this process under the present settings."""
    try:
        return _questions(configuration())
    except CoderAuthError as error:
        raise _unavailable(error) from None


def _unavailable(error: CoderAuthError) -> Unavailable:
    logger.error("coderauth cannot be asked: %s", error)
    return Unavailable(getattr(error, "retry_after", None))


def _digest(caller: Client) -> bytes:
    return sha256(caller.token.encode()).digest()


def _numbered(checks: Sequence[Check]) -> Mapping[str, Check]:
    return {str(number): check for number, check in enumerate(checks)}
