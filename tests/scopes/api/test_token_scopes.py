from typing import Any

import pytest

from accounts.models import User
from scopes.models import Key
from tests.people import Api
from tests.scopes.keyring import row_of, token

TOKENS = "/users/me/keys/tokens"


def shown(api: Api, secret: str) -> dict[str, Any]:
    document: dict[str, Any] = api.get(f"/users/me/keys/{secret[:10]}").json()
    return document


# authorization.md 7.4: `scope` echoes the legacy spelling, `scopes` holds the canonical one.
@pytest.mark.parametrize(
    ("wish", "legacy", "stored"),
    [
        ({}, "all", ["coder:all"]),
        ({"scope": ""}, "all", ["coder:all"]),
        ({"scope": None, "scopes": None}, "all", ["coder:all"]),
        ({"scopes": []}, "all", ["coder:all"]),
        ({"scope": "all"}, "all", ["coder:all"]),
        ({"scope": "coder:all"}, "all", ["coder:all"]),
        ({"scopes": ["all"]}, "all", ["coder:all"]),
        ({"scope": "application_connect"}, "application_connect", ["coder:application_connect"]),
        ({"scopes": ["application_connect"]}, "application_connect", ["coder:application_connect"]),
        ({"scopes": ["all", "application_connect"]}, "application_connect",
         ["coder:all", "coder:application_connect"]),
        ({"scope": "workspace:read"}, "", ["workspace:read"]),
        ({"scopes": ["workspace:read", "template:use"]}, "", ["workspace:read", "template:use"]),
        ({"scopes": ["workspace:read", "workspace:read"]}, "", ["workspace:read"] * 2),
        ({"scope": "nonsense", "scopes": ["workspace:read"]}, "", ["workspace:read"]),
        ({"scope": "user:read"}, "", ["user:read"]),
        ({"scopes": ["coder:apikeys.manage_self"]}, "", ["coder:apikeys.manage_self"]),
        ({"SCOPE": "workspace:read"}, "", ["workspace:read"]),
    ],
)  # fmt: skip
def test_scopes_are_stored_under_their_canonical_names(
    as_alice: Api, wish: dict[str, Any], legacy: str, stored: list[str]
) -> None:
    document = shown(as_alice, token(as_alice, **wish))

    assert (document["scope"], document["scopes"]) == (legacy, stored)


# authorization.md 2.6: internal, unknown and malformed names are refused alike (authorization.md
# 7.4: debug_info:read refused).
UNAVAILABLE = [
    "debug_info:read", "no_user_data", "unknown:read", "workspace:", ":read", "workspace:bogus",
    "a:b:c", "*:read", "*:*", "*", "user.*", "ALL", "Workspace:read", " workspace:read",
    "workspace:read ", "workspace.read", "user:create", "coder:workspaces.*", "all,workspace:read",
]  # fmt: skip


@pytest.mark.parametrize("name", UNAVAILABLE)
def test_scope_that_nobody_may_ask_for_is_refused(as_alice: Api, name: str) -> None:
    one, many = (
        as_alice.post(TOKENS, wish)
        for wish in ({"scope": name}, {"scopes": ["template:use", name]})
    )

    assert (one.status_code, one.json()) == (
        400,
        {"message": "Failed to create API key.", "detail": f'invalid API key scope: "{name}"'},
    )
    assert (many.status_code, many.json()) == (
        400,
        {
            "message": "Failed to create API key.",
            "detail": f'invalid or unsupported API key scope: "{name}"',
        },
    )
    assert Key.objects.filter(login_type="token").count() == 0


def test_empty_name_in_the_list_is_no_scope(as_alice: Api) -> None:
    assert as_alice.post(TOKENS, {"scopes": [""]}).status_code == 400
    assert as_alice.post(TOKENS, {"scopes": [None]}).status_code == 400


def test_a_key_has_at_most_128_scopes(as_alice: Api) -> None:
    refused = as_alice.post(TOKENS, {"scopes": ["workspace:read"] * 129})

    assert (refused.status_code, refused.json()) == (
        400,
        {
            "message": "Validation failed.",
            "validations": [{"field": "scopes", "detail": "A key has at most 128 scopes."}],
        },
    )
    assert token(as_alice, scopes=["workspace:read"] * 128)


@pytest.mark.parametrize(
    "wish", [{"scopes": "workspace:read"}, {"scope": ["workspace:read"]}, {"scopes": [1]}]
)
def test_scope_of_another_type_is_refused(as_alice: Api, wish: dict[str, Any]) -> None:
    answer = as_alice.post(TOKENS, wish)

    assert answer.status_code == 400
    assert answer.json()["message"] == "Request body must be valid JSON."


# authorization.md 2.7: what a scoped key reaches; the twin is the same call with the scope it
# lacks.
REACH = [
    ("GET", "/users/me", "user:read", 404),
    ("GET", "/users/me/keys/tokens", "user:read", 404),
    ("GET", "/users/alice", "user:read", 400),
    ("GET", "/organizations/default", "organization:read", 404),
    ("POST", "/users/logout", "api_key:delete", 403),
]


@pytest.mark.parametrize(("method", "path", "scope", "refused"), REACH)
def test_narrowed_key_reaches_what_its_scope_names(
    as_alice: Api, method: str, path: str, scope: str, refused: int
) -> None:
    without, with_it = (Api(token(as_alice, scope=name)) for name in ("workspace:read", scope))

    assert without(method, path).status_code == refused
    assert with_it(method, path).status_code == 200


def test_list_of_a_narrowed_key_is_empty_rather_than_refused(as_alice: Api, alice: User) -> None:
    narrow, wide = (Api(token(as_alice, scope=s)) for s in ("workspace:read", "organization:read"))

    assert narrow.get("/organizations").json() == []
    assert [row["name"] for row in wide.get("/organizations").json()] == ["coder"]


# Coder's composite cannot reach the key endpoints; with user:read (decision D3) it can.
def test_composite_for_keys_works_with_user_read(as_alice: Api) -> None:
    secret = token(as_alice, scopes=["coder:apikeys.manage_self", "user:read"])
    made = token(Api(secret), scopes=["user:read"])

    assert row_of(made).scopes == ["user:read"]
    assert Api(secret).delete(f"/users/me/keys/{made[:10]}").status_code == 204
