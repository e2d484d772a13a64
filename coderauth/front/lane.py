"""The express lane: it answers plainly good hot requests here, on the event loop.

It never refuses. Whatever is unusual about a request goes on to Django, which words every refusal,
and so does everything when the lane itself is broken. What it answers is made by the functions that
the views use; a test holds both ways to equal answers.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

from django.conf import settings

from accounts.api.users import own_document
from coderauth.errors import DomainError
from coderauth.front.answering import Answer
from coderauth.front.finding import Finder, Row, finder
from coderauth.front.model_answer import ModelAnswer
from coderauth.front.threads import Request
from coderauth.http import ratelimit
from coderauth.http.client import address_of, rate_limit_address
from coderauth.http.rendering import encode
from coderauth.metrics import KEY_CHECKS, LANE, count_request, enabled
from scopes.api.authcheck import decide_plainly
from scopes.callers import Caller
from scopes.http.authentication import token_of_fields
from scopes.keys.tokens import split_token
from scopes.keys.verifying import is_plainly_good

logger = logging.getLogger(__name__)

# Header fields that do not change the answer. All others are unusual: a cookie, the origin of a
# page, a request to skip limits.
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
MAX_BODY = 64 * 1024


def me(caller: Caller, body: bytes) -> bytes | None:
    caller.did(READS_ITSELF)
    return encode(own_document(caller))


def authcheck(caller: Caller, body: bytes) -> bytes | None:
    if len(body) > MAX_BODY:
        return None
    used: set[str] = set()
    answers = decide_plainly(caller.subject, body, used)
    if answers is None:
        return None
    caller.did(used)
    return encode(answers)


READS_ITSELF = ("user:read",)
Maker = Callable[[Caller, bytes], bytes | None]
HOT: Mapping[tuple[str, str], Maker] = {
    ("GET", "/api/v2/users/me"): me,
    ("POST", "/api/v2/authcheck"): authcheck,
}

# As the OpenAPI document writes them.
ROUTES = {"/api/v2/users/me": "/api/v2/users/{user}"}


def express(pass_on: Callable[[Request], None]) -> "Lane | None":
    """Open the lane; without it Django answers everything."""
    try:
        return Lane(finder(), pass_on)
    except Exception:
        logger.exception("The express lane stays closed")
        return None


def _measure(request: Request, *, answered: bool) -> None:
    LANE.labels("answered" if answered else "passed_on").inc()
    if answered:
        method, route = request.head.method, ROUTES.get(request.head.target, request.head.target)
        count_request(method, route, 200, time.perf_counter() - request.arrived_at)
        KEY_CHECKS.labels("good").inc()


class Lane:
    """Answers what it can, and gives the rest to `pass_on`."""

    def __init__(self, finder: Finder, pass_on: Callable[[Request], None]) -> None:
        self._finder = finder
        self._pass_on = pass_on
        self._is_broken = False
        self._models = {route: ModelAnswer(*route) for route in HOT}
        trusted = {
            f"HTTP_{name.upper().replace('-', '_')}" for name in settings.PROXY_TRUSTED_HEADERS
        }
        self._plain = PLAIN | trusted

    async def run(self) -> None:
        try:
            await self._finder.run()
        except Exception:
            logger.exception("The express lane has no database; Django answers")

    def take(self, request: Request) -> bool:
        """Answer a request here, or pass it on later; return False if it is not for the lane."""
        head = request.head
        if (head.method, head.target) not in HOT or not head.fields.keys() <= self._plain:
            return False
        try:
            key_id, secret = split_token(token_of_fields(head.fields))
        except DomainError:
            return False
        self._finder.find(key_id, partial(self._found, request, secret))
        return True

    def _found(self, request: Request, secret: str, row: Row | None) -> None:
        if request.is_unwanted:
            return
        try:
            answer = None if row is None else self._answer(request, secret, row)
        except DomainError:
            answer = None
        except Exception:
            answer = None
            if not self._is_broken:  # Once: every request would say the same.
                self._is_broken = True
                logger.exception("The express lane is broken; Django answers")
        if answer is None:
            self._pass_on(request)
        else:
            request.deliver(answer)
        if enabled():
            _measure(request, answered=answer is not None)

    def _answer(self, request: Request, secret: str, row: Row) -> Answer | None:
        caller = Caller(*row)
        if not is_plainly_good(caller, secret, datetime.now(UTC)):
            return None
        route = request.head.method, request.head.target
        body = HOT[route](caller, request.body)
        if body is None:
            return None
        usage = None
        if settings.RATE_LIMITS_ENABLED and settings.API_RATE_LIMIT > 0:
            usage = ratelimit.courtesy.hit(
                rate_limit_address(self._address(request)),
                route[1],
                settings.API_RATE_LIMIT,
                time.time(),
            )
            if not usage.allowed:
                return None  # The limits count it once: Django will say so.
        return self._models[route].fill(body, usage)

    def _address(self, request: Request) -> str:
        return address_of({**request.head.fields, "REMOTE_ADDR": request.address})
