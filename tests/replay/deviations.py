"""Where we answer otherwise than recorded, by decision; docs/compatibility.md has the same ids."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tests.replay.exchange import Deviation, load

REASONS: Final[Mapping[str, str]] = {
    "scope-catalogue": (
        "GET /auth/scopes lists the union of both versions and user:read, user:* (decision D3)"
    ),
    "user-scopes-public": "user:read and user:* may be requested (decision D3): 201 instead of 400",
    "narrowed-scope-projection": (
        "`scope` of a narrowed key is empty, as at head, where the seed says `all`"
    ),
    "csrf-cookie-api-only": "/healthz sets no csrf_token cookie: a probe has no use for one",
    "roles-of-both-versions": (
        "GET /users/roles shows the owner's rights of both versions: task and workspace:share"
    ),
    "taken-name-conflict": (
        "renaming oneself to a name that somebody unreadable has: 409 instead of 500"
    ),
    "own-source-url": "`external_url` of /buildinfo is this project's own address",
}
USER_SCOPES: Final = ("user:*", "user:read")


def instead(body: str) -> Callable[[str], str]:
    """Answer this body, whatever was recorded."""
    return lambda _recorded: body


def changed(old: str, new: str) -> Callable[[str], str]:
    """Answer the recorded body with one piece of it replaced."""

    def change(recorded: str) -> str:
        if old not in recorded:
            raise ValueError(f"the recorded body has no {old!r}")
        return recorded.replace(old, new)

    return change


def every_scope(recorded: str) -> str:
    """Answer the scopes of both recordings, and those that only we list, sorted by byte value."""
    names = set(USER_SCOPES)
    for file_name in ("exchanges.txt", "exchanges-head.txt"):
        for exchange in load(file_name):
            if exchange.path == "/api/v2/auth/scopes":
                names.update(json.loads(exchange.answer_body)["external"])
    return json.dumps({"external": sorted(names)})


def newer_rights(recorded: str) -> str:
    """Answer the recorded roles, the owner with what head's owner may do besides."""
    roles = json.loads(recorded)
    (owner,) = (role for role in roles if role["name"] == "owner")
    owner["site_permissions"] += [
        {"negate": False, "resource_type": resource, "action": action}
        for resource, action in (("task", "*"), ("workspace", "share"))
    ]
    return json.dumps(roles)


SCOPE_CATALOGUE: Final = Deviation("scope-catalogue", 200, every_scope)
NARROWED_SCOPE: Final = Deviation(
    "narrowed-scope-projection",
    200,
    changed('"scope":"all","token_name":"ci"', '"scope":"","token_name":"ci"'),
)

SEED: Final[Mapping[str, Deviation]] = {
    "scopes": SCOPE_CATALOGUE,
    "roles catalogue": Deviation("roles-of-both-versions", 200, newer_rights),
    "profile: taken": Deviation(
        "taken-name-conflict",
        409,
        instead(
            '{"message":"A user with this username already exists.","validations":'
            '[{"field":"username","detail":"This username is already in use."}]}'
        ),
    ),
    "token: internal scope": Deviation(
        "user-scopes-public", 201, instead('{"key":"<key>"}'), makes_key=True
    ),
    "build info": Deviation("own-source-url", 200, changed("coder/coder", "coderauth/coderauth")),
    "health": Deviation("csrf-cookie-api-only", 200, instead("OK")),
    "tokens: list": NARROWED_SCOPE,
    "tokens: include all as member": NARROWED_SCOPE,
    "tokens: bad flag": NARROWED_SCOPE,
    "token by name": NARROWED_SCOPE,
    "token by id": NARROWED_SCOPE,
    "another one’s token": NARROWED_SCOPE,  # noqa: RUF001 (the recording spells it so)
}

HEAD: Final[Mapping[str, Deviation]] = {"scopes": SCOPE_CATALOGUE}
