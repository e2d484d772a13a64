"""Every operation of the API has a method."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from coderauth_sdk import Client, CoderAuthError

from tests.sdk.operations import LEFT_OUT, operation, operations
from tests.sdk.scripted import Answer, scripted

OF_THE_CLIENT = {"with_token", "close"}
SAMPLES: dict[str, Any] = {"checks": {}, "permissions": [], "put": [], "delete": []}
LISTS = {"scopes", "roles"}


def methods(speaker: Any) -> Iterator[Callable[..., Any]]:
    """Yield the methods of a client and of all that hang on it."""
    for name in dir(speaker):
        if name.startswith("_") or name in OF_THE_CLIENT:
            continue
        found = getattr(speaker, name)
        if inspect.ismethod(found):
            yield found
        elif type(found).__module__.startswith("coderauth_sdk."):
            yield from methods(found)


def call(method: Callable[..., Any]) -> None:
    """Call a method with something for each parameter that it needs; the answer is no matter."""
    needed: dict[str, Any] = {
        name: SAMPLES.get(name, ["x"] if name in LISTS else "x")
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    with suppress(CoderAuthError):
        answer = method(**needed)
        if inspect.isgenerator(answer):
            next(answer)


def test_every_operation_has_a_method() -> None:
    known = operations()
    with scripted(Answer(200, "something")) as server, Client(server.url, "x") as client:
        for method in methods(client):
            call(method)
        used = {operation(sent, known) for sent in server.requests}
    assert known - used == LEFT_OUT
