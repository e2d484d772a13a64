"""Clients of both kinds behind one face, so that each test is written once and runs for both."""

import inspect
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from coderauth_sdk import AsyncClient, Client

from tests.people import PASSWORD

KINDS = ("aio", "sync")


class Awaited:
    """A synchronous client, or a resource of one, whose methods can be awaited."""

    def __init__(self, wrapped: Any) -> None:
        self._wrapped = wrapped

    def __repr__(self) -> str:
        return repr(self._wrapped)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._wrapped, "close" if name == "aclose" else name)
        if not callable(found):
            return Awaited(found) if type(found).__module__.startswith("coderauth_sdk.") else found
        if inspect.isgeneratorfunction(found):
            return lambda *given, **named: _iterated(found(*given, **named))
        if name == "with_token":
            return lambda token: Awaited(found(token))

        async def called(*given: Any, **named: Any) -> Any:
            answer = found(*given, **named)
            return Awaited(answer) if isinstance(answer, Client) else answer

        return called


async def _iterated(iterator: Iterator[Any]) -> AsyncIterator[Any]:
    for item in iterator:
        yield item


@asynccontextmanager
async def opened(kind: str, *given: Any, **named: Any) -> AsyncIterator[AsyncClient]:
    """Open a client of a kind; both look asynchronous."""
    if kind == "aio":
        async with AsyncClient(*given, **named) as client:
            yield client
    else:
        with Client(*given, **named) as synchronous:
            yield cast("AsyncClient", Awaited(synchronous))


@dataclass(frozen=True)
class Service:
    """A running server and its owner."""

    url: str
    owner_token: str = field(repr=False)
    mails: Path


def unique(name: str) -> str:
    """Return a name that no other test uses; all share one server."""
    return f"{name}-{uuid4().hex[:8]}"


async def make_member(client: AsyncClient, username: str) -> AsyncClient:
    """Make an account with the owner's client, and return a client that is signed in as it."""
    email = f"{username}@example.test"
    await client.users.create(email=email, username=username, password=PASSWORD)
    return await client.sign_in(email, PASSWORD)
