"""Count requests that Django answers, by route and not by path: anybody can make up paths."""

import re
import time
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from coderauth.metrics import count_request

UNKNOWN = "unknown"
ARRIVED = "coderauth.arrived"  # When the front door had the whole request.
ANSWERED_AS = "coderauth.route"  # The route of a middleware that answers itself.
# As `path` writes a parameter, and as `re_path` does; then how routes of the API end.
_PARAMETER = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>")
_END = re.compile(r"/?\??(?:\$|\\Z)?$")


class Measured:
    """The outermost middleware, where metrics are switched on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        arrived: float | None = request.META.get(ARRIVED)
        if arrived is not None:  # Otherwise it is one that the lane asks to see what is answered.
            seconds = time.perf_counter() - arrived
            count_request(request.method or "", route_of(request), response.status_code, seconds)
        return response


def route_of(request: HttpRequest) -> str:
    """Return the route as the OpenAPI document writes it."""
    if named := request.META.get(ANSWERED_AS):
        return str(named)
    match = request.resolver_match
    if match is not None:
        return template(match.route)
    return "static" if request.path_info.startswith(settings.STATIC_URL) else UNKNOWN


@lru_cache(maxsize=512)
def template(route: str) -> str:
    if route.startswith("^"):  # What catches paths that do not exist.
        return UNKNOWN
    named = _PARAMETER.sub(lambda found: f"{{{found[1] or found[2]}}}", route)
    return "/" + _END.sub("", named).replace("\\", "")
