"""`/api/v2/auth/forward`: the endpoint that reverse proxies ask before they let a request on.

A middleware, because nothing that other requests pass may answer in its place: proxies know only
yes, 401 and 403, and some take every other answer for an error.
"""

import logging
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from coderauth.connections import drop_broken
from coderauth.errors import Forbidden, RateLimited, Unauthenticated
from coderauth.http.envelope import error_response, insufficient_scope
from coderauth.http.measuring import ANSWERED_AS
from coderauth.http.middleware import GetResponse
from coderauth.http.redirects import may_return_to
from coderauth.http.rendering import JSON
from scopes.callers import Caller
from scopes.forward_auth.deciding import Ruling, demand_of, identity, judge
from scopes.forward_auth.questions import (
    PATH,
    is_asked_at,
    original_url,
    question_of,
    token_of,
)
from scopes.http.authentication import caller_of_token

logger = logging.getLogger(__name__)


class ForwardAuth:
    """Answer 200 with who is calling, 401, 403, or lead a browser to the sign-in page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not is_asked_at(path):
            return self.get_response(request)
        request.META[ANSWERED_AS] = PATH
        drop_broken()
        try:
            caller = _caller(request)
        except Unauthenticated as error:
            return _signed_out(request, error)
        question = question_of(
            request.META, method=request.method or "", path=path, query=request.GET.dict()
        )
        ruling = judge(caller, demand_of(question))
        return _allowed(caller) if ruling.allowed else _denied(ruling)


def _caller(request: HttpRequest) -> Caller:
    token = token_of(request.META, request.COOKIES)
    if not token:
        raise Unauthenticated("no_token")
    try:
        return caller_of_token(request, token)
    except RateLimited as error:  # Proxies know no 429.
        raise Unauthenticated("no_token") from error


def _allowed(caller: Caller) -> HttpResponse:
    response = HttpResponse(content_type=JSON)
    for name, value in identity(caller).items():
        response.headers[name] = value
    return response


def _denied(ruling: Ruling) -> HttpResponse:
    if ruling.mistake:
        logger.warning("Forward auth refuses because %s", ruling.mistake)
    missing = ", ".join(ruling.missing)
    error = Forbidden("forward_denied", missing=missing or "a permission for it")
    response = error_response(error)
    if ruling.missing:
        response.headers["WWW-Authenticate"] = insufficient_scope(ruling.missing)
    return response


def _signed_out(request: HttpRequest, error: Unauthenticated) -> HttpResponse:
    wants = request.path_info == PATH and request.GET.get("redirect") == "login"
    if not wants or "text/html" not in request.headers.get("Accept", ""):
        return error_response(error)
    back = original_url(request.META)
    query = f"?{urlencode({'next': back})}" if may_return_to(back) else ""
    return HttpResponse(status=302, headers={"Location": f"{settings.ACCESS_URL}/login{query}"})
