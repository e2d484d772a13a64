"""What the express lane answers: which requests are plain, whose key came, what is told."""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Protocol

from django.conf import settings
from django.http import QueryDict, parse_cookie

from accounts.api.users import own_document
from coderauth.front.answering import Answer
from coderauth.front.heads import Head
from coderauth.front.model_answer import ModelAnswer
from coderauth.front.threads import Request
from coderauth.http import ratelimit
from coderauth.http.client import address_of, rate_limit_address
from coderauth.http.rendering import encode
from scopes.api.authcheck import decide_plainly
from scopes.callers import Caller
from scopes.forward_auth.deciding import IDENTITY, demand_of, identity, judge
from scopes.forward_auth.middleware import ForwardAuth
from scopes.forward_auth.questions import PATH, is_asked_at, question_of, token_of
from scopes.http.authentication import token_of_fields

# Header fields that do not change the API's answer. All others are unusual: a cookie, the origin
# of a page, a request to skip limits.
PLAIN = frozenset(
    f"HTTP_{name}"
    for name in (
        "HOST", "USER_AGENT", "ACCEPT", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "CONNECTION",
        "CACHE_CONTROL", "PRAGMA", "EXPECT", "TRANSFER_ENCODING", "VIA", "FORWARDED",
        "X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_FORWARDED_HOST", "X_FORWARDED_PORT",
        "X_FORWARDED_SERVER", "X_FORWARDED_SCHEME", "X_REAL_IP", "X_SCHEME", "X_REQUEST_ID",
        "X_CORRELATION_ID", "TRACEPARENT", "TRACESTATE", "AUTHORIZATION", "CODER_SESSION_TOKEN",
    )
) | {"CONTENT_TYPE", "CONTENT_LENGTH"}  # fmt: skip
# A thousand checks fit in; more would hold up all others on the loop.
MAX_BODY: Final = 64 * 1024
_MAX_QUERY: Final = 512  # Characters; what proxies are configured to ask is short.
_READS_ITSELF = ("user:read",)

Fields = Mapping[str, str]


class HotRoute(Protocol):
    """A route of the lane. `template` is its path as the OpenAPI document writes it."""

    template: str

    def is_plain(self, head: Head) -> bool:
        """Say whether nothing about a request is unusual, as far as its head tells."""
        ...

    def token(self, fields: Fields) -> str: ...

    def answer(self, caller: Caller, request: Request) -> Answer | None:
        """Return what a good caller is answered; None to pass the request on."""
        ...


class ApiRoute:
    """A route of the API, which is counted by its courtesy limit."""

    def __init__(self, method: str, path: str, template: str) -> None:
        self.template = template
        self._path = path
        self._model = ModelAnswer(method, path)
        trusted = settings.PROXY_TRUSTED_HEADERS
        self._plain = PLAIN | {f"HTTP_{name.upper().replace('-', '_')}" for name in trusted}

    def is_plain(self, head: Head) -> bool:
        return head.fields.keys() <= self._plain

    def token(self, fields: Fields) -> str:
        return token_of_fields(fields)

    def body(self, caller: Caller, sent: bytes) -> bytes | None:
        raise NotImplementedError

    def answer(self, caller: Caller, request: Request) -> Answer | None:
        body = self.body(caller, request.body)
        if body is None:
            return None
        usage = None
        if settings.RATE_LIMITS_ENABLED and settings.API_RATE_LIMIT > 0:
            address = address_of({**request.head.fields, "REMOTE_ADDR": request.address})
            usage = ratelimit.courtesy.hit(
                rate_limit_address(address), self._path, settings.API_RATE_LIMIT, time.time()
            )
            if not usage.allowed:
                return None  # The limits count it once: Django will say so.
        return self._model.fill(body, usage)


class OwnDocument(ApiRoute):
    """`GET /users/me`."""

    def body(self, caller: Caller, sent: bytes) -> bytes | None:
        caller.did(_READS_ITSELF)
        return encode(own_document(caller))


class Checks(ApiRoute):
    """`POST /authcheck`."""

    def body(self, caller: Caller, sent: bytes) -> bytes | None:
        if len(sent) > MAX_BODY:
            return None
        used: set[str] = set()
        answers = decide_plainly(caller.subject, sent, used)
        if answers is None:
            return None
        caller.did(used)
        return encode(answers)


class ForwardAuthRoute:
    """`/auth/forward` and what is below it, whatever method and header fields a proxy passes on."""

    template = PATH

    def __init__(self) -> None:
        self._model = ModelAnswer("GET", PATH, told=IDENTITY, inside=ForwardAuth)

    def is_plain(self, head: Head) -> bool:
        path, _, query = head.target.partition("?")
        return (
            path.isascii()
            and "%" not in path
            and "//" not in path
            and len(query) <= _MAX_QUERY
            and query.isascii()
            and head.method.isupper()
        )

    def token(self, fields: Fields) -> str:
        cookie = fields.get("HTTP_COOKIE")
        return token_of(fields, parse_cookie(cookie) if cookie else {})

    def answer(self, caller: Caller, request: Request) -> Answer | None:
        head = request.head
        question = question_of(
            {**head.fields, "REMOTE_ADDR": request.address},
            method=head.method,
            path=head.path,
            query=_read_query(head.query),
        )
        demand = demand_of(question)
        if demand.asks_database or not judge(caller, demand).allowed:
            return None
        told = identity(caller)
        text = "".join(told.values())
        if "\r" in text or "\n" in text:
            return None
        return self._model.fill(b"", None, told)


@lru_cache(maxsize=64)
def _read_query(query: str) -> dict[str, str]:
    return QueryDict(query).dict()


def hot_routes() -> Callable[[Head], HotRoute | None]:
    """Return what finds the route of a request, if it is one of the lane's."""
    exact: Mapping[tuple[str, str], HotRoute] = {
        ("GET", "/api/v2/users/me"): OwnDocument("GET", "/api/v2/users/me", "/api/v2/users/{user}"),
        ("POST", "/api/v2/authcheck"): Checks("POST", "/api/v2/authcheck", "/api/v2/authcheck"),
    }
    forward = ForwardAuthRoute()

    def find(head: Head) -> HotRoute | None:
        found = exact.get((head.method, head.target))
        if found is None and head.target.startswith(PATH):
            return forward if is_asked_at(head.target.partition("?")[0]) else None
        return found

    return find
