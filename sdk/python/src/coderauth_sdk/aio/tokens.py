"""Keys: API tokens and session keys."""

from collections.abc import Sequence
from datetime import timedelta

from coderauth_sdk.aio.transport import AsyncTransport
from coderauth_sdk.models.keys import (
    Activity,
    EndedSessions,
    Introspection,
    Key,
    NewKey,
    RotatedKey,
    Session,
    TokenConfig,
    Usage,
    key_id,
)
from coderauth_sdk.parsing import parse, parse_all
from coderauth_sdk.requests import ME, Reference, document, path
from coderauth_sdk.scopes import Scope

MICROSECOND = timedelta(microseconds=1)


class AsyncTokens:
    """`client.tokens`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._send = transport.send

    async def create(
        self,
        *,
        scopes: Sequence[Scope],
        name: str | None = None,
        allow_list: Sequence[str] | None = None,
        lifetime: timedelta | None = None,
        renews: bool | None = None,
        user: Reference = ME,
    ) -> NewKey:
        """Make an API token limited to these scopes; its secret is shown only this once.

        By default it has a random name and the server's default lifetime, and each use moves its
        end unless the server fixes all ends; `renews=False` fixes this one. `allow_list` has
        entries `type:id`, with `*` for any. Raises ValueError without any scope: for the server
        that would mean all scopes.
        """
        if not scopes:
            raise ValueError("Name at least one scope; Scope.CODER_ALL is all of them.")
        body = document(
            token_name=name,
            scopes=scopes,
            allow_list=allow_list,
            lifetime=_nanoseconds(lifetime),
            renews=renews,
        )
        answer = await self._send("POST", path("users", user, "keys", "tokens"), body=body)
        return parse(NewKey, answer)

    async def create_session_key(self, user: Reference = ME) -> NewKey:
        """Make a key with the full scope and the default lifetime; lists do not show it."""
        return parse(NewKey, await self._send("POST", path("users", user, "keys")))

    async def list(
        self, user: Reference = ME, *, everybody: bool = False, limit: int = 0, offset: int = 0
    ) -> tuple[Key, ...]:
        """Return the tokens of a user, or all tokens that the caller may see.

        A limit of 0 means no limit.
        """
        every = "true" if everybody else None
        query = document(include_all=every, limit=limit or None, offset=offset or None)
        answer = await self._send("GET", path("users", user, "keys", "tokens"), query=query)
        return parse_all(Key, answer)

    async def get(self, key: str, user: Reference = ME) -> Key:
        """Return a key by its id. Given a whole key, only its id is sent."""
        return parse(Key, await self._send("GET", path("users", user, "keys", key_id(key))))

    async def get_by_name(self, name: str, user: Reference = ME) -> Key:
        """Return a token by its name."""
        return parse(Key, await self._send("GET", path("users", user, "keys", "tokens", name)))

    async def delete(self, key: str, user: Reference = ME) -> None:
        """End a key at once. Given a whole key, only its id is sent."""
        await self._send("DELETE", path("users", user, "keys", key_id(key)))

    async def expire(self, key: str, user: Reference = ME) -> None:
        """End a key now and keep what it was. Given a whole key, only its id is sent."""
        await self._send("PUT", path("users", user, "keys", key_id(key), "expire"))

    async def rotate(
        self,
        key: str,
        user: Reference = ME,
        *,
        grace: timedelta | None = None,
        scopes: Sequence[Scope] | None = None,
    ) -> RotatedKey:
        """Give a token a new secret, shown only this once; the old one works for the grace.

        By default that is the server's; without any, the old secret ends at once. With `scopes`,
        the token holds only these from now on. Given a whole key, only its id is sent.
        """
        where = path("users", user, "keys", key_id(key), "rotate")
        body = document(grace=_nanoseconds(grace), scopes=scopes)
        answer = await self._send("POST", where, body=body)
        return parse(RotatedKey, answer)

    async def usage(self, key: str, user: Reference = ME) -> Usage:
        """Return what a key was used for, by the hour; `trim` are the scopes that would do."""
        where = path("users", user, "keys", key_id(key), "usage")
        return parse(Usage, await self._send("GET", where))

    async def pause(self, key: str, user: Reference = ME) -> None:
        """Have a key refused until it is resumed, and the keys that it made."""
        await self._send("PUT", path("users", user, "keys", key_id(key), "pause"))

    async def resume(self, key: str, user: Reference = ME) -> None:
        """Let a paused key work again."""
        await self._send("PUT", path("users", user, "keys", key_id(key), "resume"))

    async def sessions(self, user: Reference = ME) -> tuple[Session, ...]:
        """Return the sessions of a user, newest first; end one with `delete`."""
        return parse_all(Session, await self._send("GET", path("users", user, "sessions")))

    async def end_sessions(self, user: Reference = ME, *, with_own: bool = False) -> int:
        """End a user's sessions; return how many. Spares the one that asks unless `with_own`."""
        query = document(all="true" if with_own else None)
        answer = await self._send("DELETE", path("users", user, "sessions"), query=query)
        return parse(EndedSessions, answer).ended

    async def introspect(self, token: str) -> Introspection | None:
        """Return what somebody's token is good for (RFC 7662), None if for nothing.

        Nor for those who hold no `api_key:read` on it. It counts as a use of that token.
        """
        answer = await self._send("POST", "/oauth2/introspect", form={"token": token})
        return parse(Introspection, answer) if parse(Activity, answer).active else None

    async def surrender(self, token: str) -> None:
        """End the key of a token that one has, whosever it is (RFC 7009); needs no key."""
        await self._send("POST", "/oauth2/revoke", form={"token": token})

    async def report_leaked(self, tokens: Sequence[str]) -> None:
        """Have leaked tokens revoked; needs no key, and does not tell whether any was real."""
        await self._send("POST", "/auth/leaked", body=list(tokens))

    async def longest_lifetime(self, user: Reference = ME) -> timedelta:
        """Return how long a new token may live."""
        answer = await self._send("GET", path("users", user, "keys", "tokens", "tokenconfig"))
        return timedelta(microseconds=parse(TokenConfig, answer).max_token_lifetime // 1000)


def _nanoseconds(duration: timedelta | None) -> int | None:
    return None if duration is None else duration // MICROSECOND * 1000
