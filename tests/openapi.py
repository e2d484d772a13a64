"""Hold every answer of the API to the OpenAPI document; `tests.people.Api` calls this."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import resolve
from jsonschema import Draft202012Validator, FormatChecker

from coderauth.http.envelope import route_not_found
from coderauth.http.openapi_document import document

ERROR = {"$ref": "#/components/schemas/ErrorDocument"}
FORMATS = FormatChecker(["uuid", "email"])


@FORMATS.checks("date-time", raises=ValueError)
def is_time(value: object) -> bool:
    return not isinstance(value, str) or (
        value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None
    )


def validate(response: Any) -> None:
    """Raise AssertionError for an answer that the document does not promise."""
    method, path = response.request["REQUEST_METHOD"], template_of(response)
    where = f"{method} {path} answered {response.status_code}"
    operation = operations().get(("GET" if method == "HEAD" else method, path))
    if operation is None:
        _validate_unrouted(response, where)
        return
    promised = operation["responses"].get(str(response.status_code))
    assert promised is not None, f"{where}, which is not documented: {response.content!r}"
    content = _resolved(promised).get("content", {})
    if method == "HEAD":
        assert not response.content, f"{where} with a body"
        return
    if not response.content:
        assert not content, f"{where} without a body"
        return
    media_type = response.headers["Content-Type"].partition(";")[0]
    if (media_type, response.status_code) == ("text/plain", 400):
        return  # A cookie without its proof, which only browsers send: the scheme says so.
    assert media_type in content, f"{where} with an undocumented {media_type}"
    if media_type == "application/json":
        _validate_body(content[media_type]["schema"], response.content, where)


def template_of(response: Any) -> str:
    """Return the templated path that the request was routed to, or nothing."""
    match = resolve(response.wsgi_request.path_info)
    if match.func is route_not_found:
        return ""
    route = simplify_regex(match.route).replace("<", "{").replace(">", "}")
    return route.rstrip("/")


def _validate_unrouted(response: Any, where: str) -> None:
    """Check the answer for an unknown path, or for a method that the path does not have."""
    if response.status_code == 405:
        assert not response.content, f"{where} with a body"
    elif response.content and response.headers["Content-Type"].startswith("application/json"):
        _validate_body(ERROR, response.content, where)
    assert response.status_code in {400, 401, 404, 405, 429, 500}, where


def _validate_body(schema: Mapping[str, Any], content: bytes, where: str) -> None:
    errors = list(validator(json.dumps(schema)).iter_errors(json.loads(content)))
    assert not errors, f"{where}, which does not fit: {errors[0].message} in {content!r}"


@lru_cache(maxsize=1)
def operations() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Return every operation by method and path."""
    return {
        (method.upper(), path): operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


@lru_cache
def validator(schema: str) -> Draft202012Validator:
    """Return a validator of a schema of the document, given as JSON; nothing may be left over."""
    root = {**json.loads(schema), "components": _closed(document()["components"])}
    return Draft202012Validator(root, format_checker=FORMATS)


def _closed(schema: Any) -> Any:
    """Refuse fields that are not documented: clients may ignore them, tests must not."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(item) for key, item in schema.items()}
    if isinstance(closed.get("properties"), dict) and closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def _resolved(response: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in response:
        return response
    name = response["$ref"].rpartition("/")[2]
    found: Mapping[str, Any] = document()["components"]["responses"][name]
    return found
