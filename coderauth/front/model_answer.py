"""The head of a successful answer, written once by the middlewares and then only filled in."""

from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.module_loading import import_string

from coderauth.front.answering import Answer
from coderauth.http.csrf import CSRF_COOKIE
from coderauth.http.csrf_token import new_token
from coderauth.http.pages import PagesOnly
from coderauth.http.ratelimit import Usage
from coderauth.http.rendering import JSON

# The parts that differ from answer to answer; everything else is written once.
_HOLES = {
    "Content-Length": "%(length)d",
    "X-RateLimit-Remaining": "%(remaining)d",
    "X-RateLimit-Reset": "%(reset_at)d",
    "X-Coder-Request-Id": "%(request_id)s",
}


class ModelAnswer:
    """The middlewares' head of a route's successful answer to a request without a cookie.

    They are asked, so that nothing about them is said twice. Raises ValueError when they answer
    in a way that this cannot fill in.
    """

    def __init__(self, method: str, path: str) -> None:
        fields = _fields(method, path)
        self._text = "HTTP/1.1 200 OK\r\n" + "".join(f"{line}\r\n" for line in fields)
        if fields != _fields(method, path):
            raise ValueError(f"the middlewares answer {path} differently each time")

    def fill(self, body: bytes, usage: Usage | None) -> Answer:
        """Return an answer with this body; `usage` is None while nothing is limited."""
        head = self._text % {
            "length": len(body),
            "remaining": usage.remaining if usage else 0,
            "reset_at": usage.reset_at if usage else 0,
            "request_id": uuid4(),
            "csrf": new_token(),
        }
        return Answer(200, head.encode("latin-1"), body)


def _fields(method: str, path: str) -> list[str]:
    """Return the lines of a head in order, with placeholders for the parts that differ."""
    response = _answer(method, path)
    if response.cookies:
        raise ValueError(f"the middlewares set cookies in a way of their own for {path}")
    return [f"{name}: {_value(name, value)}" for name, value in response.items()]


def _value(name: str, value: str) -> str:
    if name == "Set-Cookie" and value.startswith(f"{CSRF_COOKIE}="):
        attributes = value.partition(";")[2].replace("%", "%%")
        return f"{CSRF_COOKIE}=%(csrf)s;{attributes}"
    return _HOLES.get(name) or value.replace("%", "%%")


def _answer(method: str, path: str) -> HttpResponseBase:
    handler: Callable[[HttpRequest], HttpResponseBase] = _view
    for name in reversed(settings.MIDDLEWARE):
        middleware = import_string(name)
        # Those of pages let requests of the API through; one reads all files when it is made.
        if not issubclass(middleware, PagesOnly):
            handler = middleware(handler)
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "",
        "SERVER_PORT": "",
        "REMOTE_ADDR": "",
        "wsgi.input": BytesIO(),
    }
    return handler(WSGIRequest(environ))


def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(content_type=JSON)
