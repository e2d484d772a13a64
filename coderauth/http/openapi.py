"""The OpenAPI document, as far as it follows from what views, shapes and errors declare.

A view adds `@operation`: a sentence, its shapes, and the refusals that are its own. Tags, security,
permissions, path parameters, examples and all other refusals are derived here.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import (
    ResolvedComponent,
    build_parameter_type,
    is_list_serializer,
)
from drf_spectacular.utils import OpenApiParameter, extend_schema

from coderauth.http.body import RequestBody
from coderauth.http.csrf import SAFE_METHODS, SESSION_COOKIE
from coderauth.http.documents import ErrorDocument
from coderauth.http.viewsets import WHATEVER_IS_NAMED, Access, ApiViewSet, Asks, Public, SignedIn
from coderauth.refusals import ERRORS

Action = TypeVar("Action", bound=Callable[..., Any])
Json = dict[str, Any]

MEDIA_TYPE, PAGE_TYPE = "application/json", "text/html"
FORM_TYPE = "application/x-www-form-urlencoded"
REFUSALS, PAGES, FORM = "refusals", "pages", "form"
OF_A_BODY = ("invalid_json", "validation_failed")
OF_ANY_REQUEST = ("rate_limited", "internal", "store_unavailable")
# Refusals that many operations share word for word, by status.
SHARED = {401: "SignedOut", 429: "TooManyRequests", 500: "InternalError", 503: "TooBusy"}
# The first is what generated clients take.
SECURITY: Mapping[str, Json] = {
    "header": {"type": "apiKey", "in": "header", "name": "Coder-Session-Token"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "Browsers. A write without an `X-CSRF-Token` is 400 in plain text.",
    },
    "query": {
        "type": "apiKey",
        "in": "query",
        "name": SESSION_COOKIE,
        "description": "Shows in logs; prefer a header.",
    },
    "accessToken": {
        "type": "apiKey",
        "in": "query",
        "name": "access_token",
        "description": "Shows in logs; prefer a header (RFC 6750 2.3).",
    },
}


def operation(
    summary: str,
    *,
    answers: Mapping[int, Any],
    body: type[RequestBody] | RequestBody | None = None,
    is_form: bool = False,
    refuses: Iterable[str] = (),
    query: Mapping[str, str | tuple[type, str]] | None = None,
    description: str = "",
    has_pages: bool = False,
) -> Callable[[Action], Action]:
    """Describe an action: its `answers` by status, the codes it `refuses` with, its `query`.

    A key of the query is a flag, or has a type before its meaning. With `is_form`, the body is one
    of HTML's forms instead of JSON. With `has_pages`, browsers get refusals as pages.
    """
    refusals = tuple(refuses)
    for code in refusals:
        if code not in ERRORS:
            raise KeyError(code)
    typed = {
        name: told if isinstance(told, tuple) else (bool, told)
        for name, told in (query or {}).items()
    }
    parameters = [
        OpenApiParameter(name, kind, description=meaning) for name, (kind, meaning) in typed.items()
    ]
    described = extend_schema(
        summary=summary,
        description=description,
        request=body,
        responses=dict(answers),
        parameters=parameters,
    )

    def decorate(action: Action) -> Action:
        vars(action)[REFUSALS], vars(action)[PAGES] = refusals, has_pages
        vars(action)[FORM] = is_form
        return described(action)

    return decorate


class OperationSchema(AutoSchema):
    """One operation, from an action of an `ApiViewSet`."""

    @property
    def noun(self) -> ApiViewSet:
        return cast("ApiViewSet", self.view)

    def get_operation(self, *args: Any, **options: Any) -> Json | None:
        built: Json | None = super().get_operation(*args, **options)
        if built is None:
            return None
        if "requestBody" in built:
            built["requestBody"]["required"] = True
        for status, response in built["responses"].items():
            response["description"] = HTTPStatus(int(status)).phrase
        built["description"] = "\n\n".join(filter(None, [built.get("description"), self._who()]))
        built["security"] = [] if self._is_public() else [{name: []} for name in SECURITY]
        built["responses"] = dict(sorted((built["responses"] | self._refusals()).items()))
        if isinstance(self._access, Asks):
            built["x-permission"] = self._access.permission
        return built

    def get_operation_id(self) -> str:
        return f"{tag_of(type(self.noun)).replace(' ', '_').lower()}_{self.noun.action}"

    def get_tags(self) -> list[str]:
        return [tag_of(type(self.noun))]

    def get_description(self) -> str:  # type: ignore[override]  # as spectacular declares it
        return ""

    def get_auth(self) -> list[Json]:
        for name, scheme in SECURITY.items():
            self._component(ResolvedComponent.SECURITY_SCHEMA, name, scheme)
        return []

    def map_parsers(self) -> list[str]:
        return [FORM_TYPE if getattr(self._handler, FORM, False) else MEDIA_TYPE]

    def map_renderers(self, attribute: str) -> list[str]:
        return [MEDIA_TYPE] if attribute == "media_type" else []

    def _is_list_view(self, serializer: Any = None) -> bool:
        return is_list_serializer(serializer)

    def _get_examples(
        self,
        serializer: Any,
        direction: str,
        media_type: str,
        status_code: str | None = None,
        extras: Any = None,
    ) -> Any:
        is_list = is_list_serializer(serializer)
        example = getattr(serializer.child if is_list else serializer, "example", None)
        if example is None:
            return {}
        return {"Example": {"value": [example] if is_list else example}}

    def _resolve_path_parameters(self, variables: list[str]) -> list[Json]:
        meanings = self.noun.path_parameters
        return [
            build_parameter_type(
                name=name,
                location=OpenApiParameter.PATH,
                schema={"type": "string"},
                description=meanings[name],
            )
            for name in variables
        ]

    @property
    def _access(self) -> Access:
        return self.noun.access[self.noun.action]

    def _is_public(self) -> bool:
        return isinstance(self._access, Public)

    def _who(self) -> str:
        match self._access:
            case Asks(permission=permission, others=others):
                return f"Needs the permission `{permission}`.{_besides(others)}"
            case SignedIn(reason):
                return f"Any key will do: {reason}."
            case Public(reason):
                return f"Public: {reason}."

    def _refusals(self) -> Json:
        """Return the responses of all refusals, beginning with those of this action alone."""
        by_status: dict[int, list[str]] = {}
        for code in dict.fromkeys((*self._own_refusals(), *self._derived_refusals())):
            by_status.setdefault(ERRORS[code].status, []).append(code)
        return {str(status): self._refusal(status, codes) for status, codes in by_status.items()}

    def _own_refusals(self) -> tuple[str, ...]:
        own: tuple[str, ...] = getattr(self._handler, REFUSALS, ())
        return own

    @property
    def _handler(self) -> Any:
        return getattr(self.noun, self.noun.action)

    def _derived_refusals(self) -> Iterable[str]:
        if self.get_request_serializer() is not None:
            yield from OF_A_BODY
        for name in re.findall(r"{(\w+)}", self.path):
            yield from self.noun.path_refusals.get(name, ("not_found",))
        if not self._is_public():
            yield "invalid_query"
            yield from self.noun.authentication_refusals()
        if self.method not in SAFE_METHODS:
            yield "foreign_origin"
        if self.noun.action in self.noun.caller_limited:
            yield "bypass_refused"
        yield from OF_ANY_REQUEST

    def _refusal(self, status: int, codes: Sequence[str]) -> Json:
        self.resolve_serializer(ErrorDocument(), "response")
        response = _response(status, {code: {"value": _example(code)} for code in codes})
        if getattr(self._handler, PAGES, False):
            response["content"][PAGE_TYPE] = {"schema": {"type": "string"}}
            return response
        of_any = {*self.noun.authentication_refusals(), *OF_ANY_REQUEST}
        if status not in SHARED or set(codes) - of_any:
            return response
        return self._component("responses", SHARED[status], response)

    def _component(self, kind: str, name: str, schema: Json) -> Json:
        """Store in one place what many operations share; return the reference to it."""
        component: Any = ResolvedComponent(name, kind, schema, name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        ref: Json = component.ref
        return ref


def tag_of(noun: type[ApiViewSet]) -> str:
    """Return what a noun is called in the document: `SiteRoleViewSet` is `Site role`."""
    name = noun.__name__.removesuffix("ViewSet")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _besides(permissions: Sequence[str]) -> str:
    if not permissions:
        return ""
    named = {WHATEVER_IS_NAMED: "every permission that the request names"}
    *first, last = (named.get(permission, f"`{permission}`") for permission in permissions)
    return f" Asks for {' and '.join(filter(None, [', '.join(first), last]))} as well."


def _response(status: int, examples: Json) -> Json:
    content: Json = {}
    if examples:
        schema = {"$ref": f"#/components/schemas/{ErrorDocument.__name__}"}
        content[MEDIA_TYPE] = {"schema": schema, "examples": examples}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _example(code: str) -> Json:
    spec = ERRORS[code]
    return {"message": spec.message} | ({"detail": spec.detail} if spec.detail else {})
