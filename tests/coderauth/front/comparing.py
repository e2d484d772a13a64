"""Send what tests send Django through the express lane, too, and hold both answers together."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.http import HttpResponse
from django.test.client import ClientHandler

from coderauth.front.answering import Answer, answer_of
from coderauth.front.finding import Row, Then
from coderauth.front.heads import Head
from coderauth.front.lane import Lane
from coderauth.front.threads import Request
from coderauth.http import ratelimit
from scopes.caller_statement import caller_statement

# What is new in each answer, whoever gives it.
_NEW = re.compile(rb"(X-Coder-Request-Id: |X-RateLimit-Reset: |csrf_token=)[^;\r]+")


class Here:
    """Finds rows with the connection of the test, which alone sees what the test has stored."""

    async def run(self) -> None:
        raise NotImplementedError

    def find(self, key_id: str, then: Then) -> None:
        with connection.cursor() as cursor:
            cursor.execute(caller_statement(connection.vendor), {"key": key_id})
            row: Row | None = cursor.fetchone()
        then(row)


class Comparing:
    """Two ways to an answer. `taken` are the requests that the lane answered."""

    def __init__(self) -> None:
        self.lane = Lane(Here(), lambda _: None)
        self.taken: list[Request] = []

    def answer(self, request: Request) -> Answer | None:
        """Return the lane's answer; None when it passes the request on."""
        answers: list[Answer] = []
        request.deliver = answers.append
        with counting_anew():
            self.lane.take(request)
        if not answers:
            return None
        self.taken.append(request)
        return answers[0]

    def compare(self, answer: Answer, request: Request, response: HttpResponse) -> None:
        cookies = [("Set-Cookie", one.OutputString()) for one in response.cookies.values()]
        status = f"{response.status_code} {response.reason_phrase}"
        fields = [*response.items(), *cookies]
        expected = answer_of(status, fields, response.content, method=request.head.method)
        assert plain(answer) == plain(expected)

    def request_of(self, environ: dict[str, Any]) -> Request:
        """Return the request that the test client is about to hand to Django."""
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        fields = {
            name: value
            for name, value in environ.items()
            if name.startswith(("HTTP_", "CONTENT_")) and value
        }
        query = environ["QUERY_STRING"]
        target = environ["PATH_INFO"] + (f"?{query}" if query else "")
        head = Head(environ["REQUEST_METHOD"], target, "HTTP/1.1", fields, len(body), True)
        return Request(head, body, environ["REMOTE_ADDR"], lambda _: None)


def plain(answer: Answer) -> tuple[int, list[bytes], bytes]:
    return answer.status, _NEW.sub(rb"\1new", answer.head).split(b"\r\n"), answer.body


@contextmanager
def counting_anew() -> Iterator[None]:
    """Count the courtesy limit from nothing in this block."""
    with patch.object(ratelimit, "courtesy", ratelimit.MemoryLimit()):
        yield


@contextmanager
def comparing() -> Iterator[Comparing]:
    """Compare all that the test client sends in this block.

    The lane comes first, because Django may change what it looks at; it changes nothing itself.
    """
    both = Comparing()
    django = ClientHandler.__call__

    def call(handler: ClientHandler, environ: dict[str, Any]) -> Any:
        request = both.request_of(environ)
        answer = both.answer(request)
        with counting_anew():
            response: Any = django(handler, environ)
        if answer is not None:
            both.compare(answer, request, response)
        return response

    with patch.object(ClientHandler, "__call__", call):
        yield both
