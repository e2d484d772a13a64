"""The express lane: it answers plainly good hot requests here, on the event loop.

It never refuses. Whatever is unusual about a request goes on to Django, which words every refusal,
and so does everything when the lane itself is broken. What it answers is made by the functions that
the views use; a test holds both ways to equal answers.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from coderauth.errors import DomainError
from coderauth.front.answering import Answer
from coderauth.front.finding import Finder, Row, finder
from coderauth.front.hot_routes import HotRoute, hot_routes
from coderauth.front.model_answer import ModelAnswer
from coderauth.front.threads import Request
from coderauth.http.rendering import TEXT
from coderauth.metrics import KEY_CHECKS, LANE, count_request, enabled
from scopes.callers import Caller
from scopes.keys.tokens import split_token
from scopes.keys.verifying import is_plainly_good

logger = logging.getLogger(__name__)

ALIVE = "/healthz"


def express(pass_on: Callable[[Request], None]) -> "Lane | None":
    """Open the lane; without it Django answers everything."""
    try:
        return Lane(finder(), pass_on)
    except Exception:
        logger.exception("The express lane stays closed")
        return None


def _measure(request: Request, route: HotRoute, *, answered: bool) -> None:
    LANE.labels("answered" if answered else "passed_on").inc()
    if answered:
        seconds = time.perf_counter() - request.arrived_at
        count_request(request.head.method, route.template, 200, seconds)
        KEY_CHECKS.labels("good").inc()


class Lane:
    """Answers what it can, and gives the rest to `pass_on`."""

    def __init__(self, finder: Finder, pass_on: Callable[[Request], None]) -> None:
        self._finder = finder
        self._pass_on = pass_on
        self._is_broken = False
        self._route = hot_routes()
        self._alive = ModelAnswer("GET", ALIVE, content_type=TEXT)

    async def run(self) -> None:
        try:
            await self._finder.run()
        except Exception:
            logger.exception("The express lane has no database; Django answers")

    def take(self, request: Request) -> bool:
        """Answer a request here, or pass it on later; return False if it is not for the lane."""
        head = request.head
        if head.target == ALIVE and head.method == "GET":
            self._say_alive(request)
            return True
        route = self._route(head)
        if route is None or not route.is_plain(head):
            return False
        try:
            key_id, secret = split_token(route.token(head.fields))
        except DomainError:
            return False
        self._finder.find(key_id, partial(self._found, request, route, secret))
        return True

    def _say_alive(self, request: Request) -> None:
        """Answer even while a database that hangs holds all threads: a restart mends nothing."""
        request.deliver(self._alive.fill(b"OK", None))
        if enabled():
            count_request("GET", ALIVE, 200, time.perf_counter() - request.arrived_at)

    def _found(self, request: Request, route: HotRoute, secret: str, row: Row | None) -> None:
        if request.is_unwanted:
            return
        try:
            answer = None if row is None else _answer(request, route, secret, row)
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
            _measure(request, route, answered=answer is not None)


def _answer(request: Request, route: HotRoute, secret: str, row: Row) -> Answer | None:
    caller = Caller(*row)
    if not is_plainly_good(caller, secret, datetime.now(UTC)):
        return None
    return route.answer(caller, request)
