"""`/oauth2/…` in the OpenAPI document, written out: RFC 7662 and RFC 7009 fix its shapes.

Nothing follows from a view, as in the rest of the API: errors have another shape, too.
"""

from typing import Any

from coderauth.http.openapi import FORM_TYPE, MEDIA_TYPE, SECURITY

Json = dict[str, Any]
TAG = "OAuth 2.0"
TOKEN = "x8XqzP9BQC-aV2kRrmVeZ5wkV0nF0G5Hq"  # noqa: S105 (an example)


def described() -> Json:
    """Return the paths, schemas and tag of `/oauth2/…` (a setting names this)."""
    return {
        "paths": {
            "/oauth2/introspect": {"post": _introspect()},
            "/oauth2/revoke": {"post": _revoke()},
        },
        "schemas": {
            "Introspection": _INTROSPECTION,
            "OAuthError": _ERROR,
            "OAuthToken": _TOKEN,
        },
        "tag": {"name": TAG, "description": "Introspection (RFC 7662), revocation (RFC 7009)."},
    }


def _introspect() -> Json:
    about_key = {
        "active": True,
        "scope": "workspace:read user:read",
        "client_id": TOKEN[:10],
        "username": "ada",
        "sub": "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
        "exp": 1796083200,
        "iat": 1795478400,
        "token_type": "Bearer",
    }
    examples = {"good": {"value": about_key}, "all else": {"value": {"active": False}}}
    return {
        "operationId": "introspect_token",
        "summary": "Say what a token is good for (RFC 7662)",
        "description": "Needs the permission `api_key:read` on that key. What is unknown, out of "
        "date, paused or not yours to read is `active: false`, and nothing tells them apart.",
        "tags": [TAG],
        "security": [{name: []} for name in SECURITY if name in {"header", "bearer"}],
        "x-permission": "api_key:read",
        "requestBody": _body(),
        "responses": {
            "200": _answer("The token", "Introspection", examples),
            "400": _refusal("The body is no form with a token", "invalid_request"),
            "401": _refusal("The caller has no valid key of its own", "invalid_token"),
            "429": _TOO_MANY,
            "500": {"$ref": "#/components/responses/InternalError"},
            "503": _refusal("The database does not answer", "temporarily_unavailable"),
        },
    }


def _revoke() -> Json:
    return {
        "operationId": "revoke_token",
        "summary": "End the key of a token (RFC 7009)",
        "description": "Public: whoever has a token may end it. The answer is the same whatever it "
        "was.",
        "tags": [TAG],
        "security": [],
        "requestBody": _body(),
        "responses": {
            "200": {
                "description": "It is of no use any more",
                "content": {
                    MEDIA_TYPE: {"schema": {"type": "object"}, "examples": {"any": {"value": {}}}}
                },
            },
            "400": _refusal("The body is no form with a token", "invalid_request"),
            "429": _TOO_MANY,
            "500": {"$ref": "#/components/responses/InternalError"},
            "503": _refusal("The database does not answer", "temporarily_unavailable"),
        },
    }


def _body() -> Json:
    schema = {"$ref": "#/components/schemas/OAuthToken"}
    examples = {"token": {"value": {"token": TOKEN}}}
    return {"required": True, "content": {FORM_TYPE: {"schema": schema, "examples": examples}}}


def _answer(description: str, schema: str, examples: Json) -> Json:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": reference, "examples": examples}},
    }


def _refusal(description: str, code: str) -> Json:
    value = {"error": code, "error_description": f"{description}."}
    return _answer(description, "OAuthError", {code: {"value": value}})


# One of the limits counts before it is known that OAuth 2.0 is spoken here.
_TOO_MANY: Json = {
    "description": "Too many requests",
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "anyOf": [
                    {"$ref": "#/components/schemas/OAuthError"},
                    {"$ref": "#/components/schemas/ErrorDocument"},
                ]
            },
            "examples": {
                "slow_down": {
                    "value": {"error": "slow_down", "error_description": "Too many requests."}
                }
            },
        }
    },
}
_TOKEN: Json = {
    "type": "object",
    "properties": {
        "token": {"type": "string"},
        "token_type_hint": {"type": "string", "description": "Not looked at: all are keys."},
    },
    "required": ["token"],
}
_ERROR: Json = {
    "type": "object",
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    "required": ["error", "error_description"],
}
_INTROSPECTION: Json = {
    "type": "object",
    "properties": {
        "active": {"type": "boolean"},
        "scope": {"type": "string", "description": "Scopes, with spaces between."},
        "client_id": {"type": "string", "description": "The id of the key."},
        "username": {"type": "string"},
        "sub": {"type": "string", "format": "uuid", "description": "The id of its user."},
        "exp": {"type": "integer", "description": "When it ends, in seconds since 1970."},
        "iat": {"type": "integer", "description": "When it was made, in seconds since 1970."},
        "token_type": {"type": "string"},
    },
    "required": ["active"],
}
