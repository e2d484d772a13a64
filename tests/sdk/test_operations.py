"""Every operation of the API has a method."""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from coderauth_sdk import Client, CoderAuthError

from tests.places import ROOT
from tests.sdk.scripted import Answer, scripted

# What programs have no use for: the greeting of the API, its own description, what browsers are led
# through to sign in with a provider, what providers call, and what only Coder's clients ask.
LEFT_OUT = {
    ("GET", "/api/v2"),
    ("GET", "/api/v2/openapi.json"),
    ("GET", "/api/v2/users/oidc/callback"),
    ("GET", "/api/v2/users/oidc/{provider}/callback"),
    ("GET", "/api/v2/users/oauth2/github/callback"),
    ("GET", "/api/v2/users/oauth2/github/device"),
    ("POST", "/api/v2/users/oidc/backchannel-logout"),
    ("POST", "/api/v2/users/oidc/{provider}/backchannel-logout"),
    ("GET", "/api/v2/appearance"),
    ("GET", "/api/v2/entitlements"),
    ("GET", "/api/v2/experiments"),
}
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


def operation(sent: str, operations: set[tuple[str, str]]) -> tuple[str, str]:
    """Return the operation that a request is for: the one with the fewest parameters."""
    verb, path = sent.partition("?")[0].split(" ")
    fitting = [
        (method, template)
        for method, template in operations
        if method == verb and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    assert fitting, f"{sent} is no operation"
    return min(fitting, key=lambda one: one[1].count("{"))


def test_every_operation_has_a_method() -> None:
    document = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())
    operations = {
        (verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs
    }
    with scripted(Answer(200, "something")) as server, Client(server.url, "x") as client:
        for method in methods(client):
            call(method)
        used = {operation(sent, operations) for sent in server.requests}
    assert operations - used == LEFT_OUT
