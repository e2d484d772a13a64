"""The operations of the API, and those that clients leave out."""

import json
import re

from tests.places import ROOT

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


def operations() -> set[tuple[str, str]]:
    """Return the method and the path of each."""
    document = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text())
    return {(verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs}


def operation(sent: str, known: set[tuple[str, str]]) -> tuple[str, str]:
    """Return the operation that a request is for: the one with the fewest parameters."""
    verb, path = sent.partition("?")[0].split(" ")
    fitting = [
        (method, template)
        for method, template in known
        if method == verb and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    assert fitting, f"{sent} is no operation"
    return min(fitting, key=lambda one: one[1].count("{"))
