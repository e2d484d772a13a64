"""The head of a successful answer, written once by the middlewares and then only filled in."""

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from types import MappingProxyType
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


View = Callable[[HttpRequest], HttpResponseBase]


class ModelAnswer:
    """The middlewares' head of a route's successful answer to a request without a cookie.

    They are asked, so that nothing about them is said twice; where one of them answers itself, only
    those that it stands inside of. `told` are fields of its own that each answer fills in. Raises
    ValueError when they answer in a way that this cannot fill in.
    """

    def __init__(
        self,
        method: str,
        path: str,
        *,
        content_type: str = JSON,
        told: Iterable[str] = (),
        inside: type | None = None,
    ) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            response = HttpResponse(content_type=content_type)
            for name in told:
                response.headers[name] = ""
            return response

        holes = _HOLES | {name: f"%({name})s" for name in told}
        response = _answer(method, path, view, inside)
        fields = _fields(response, holes)
        self._text = "HTTP/1.1 200 OK\r\n" + "".join(f"{line}\r\n" for line in fields)
        if response.cookies or fields != _fields(_answer(method, path, view, inside), holes):
            raise ValueError(f"the middlewares answer {path} in a way of their own each time")

    def fill(
        self, body: bytes, usage: Usage | None, told: Mapping[str, str] = MappingProxyType({})
    ) -> Answer:
        """Return an answer with this body; `usage` is None while nothing is limited."""
        head = self._text % {
            **told,
            "length": len(body),
            "remaining": usage.remaining if usage else 0,
            "reset_at": usage.reset_at if usage else 0,
            "request_id": uuid4(),
            "csrf": new_token(),
        }
        return Answer(200, head.encode("latin-1"), body)


def _fields(response: HttpResponseBase, holes: Mapping[str, str]) -> list[str]:
    """Return the lines of a head in order, with placeholders for the parts that differ."""
    return [f"{name}: {_value(name, value, holes)}" for name, value in response.items()]


def _value(name: str, value: str, holes: Mapping[str, str]) -> str:
    if name == "Set-Cookie" and value.startswith(f"{CSRF_COOKIE}="):
        attributes = value.partition(";")[2].replace("%", "%%")
        return f"{CSRF_COOKIE}=%(csrf)s;{attributes}"
    return holes.get(name) or value.replace("%", "%%")


def _answer(method: str, path: str, view: View, inside: type | None) -> HttpResponseBase:
    handler = view
    for name in reversed(settings.MIDDLEWARE):
        middleware = import_string(name)
        if middleware is inside:
            handler = view
            continue
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
