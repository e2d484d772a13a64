"""`/api/v2/auth/forward`: the endpoint that reverse proxies ask before they let a request on.

A middleware, because nothing that other requests pass may answer in its place: proxies know only
yes, 401 and 403, and some take every other answer for an error.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from coderauth.connections import drop_broken
from coderauth.errors import Forbidden, RateLimited, Unauthenticated
from coderauth.http.client import is_from_proxy
from coderauth.http.csrf import SESSION_COOKIE
from coderauth.http.envelope import error_response, insufficient_scope
from coderauth.http.middleware import GetResponse
from coderauth.http.redirects import may_return_to
from coderauth.http.rendering import JSON
from scopes.callers import Caller
from scopes.forward_auth.deciding import Asked, Ruling, decide_by_query, decide_by_rules
from scopes.http.authentication import caller_of_token, token_of_fields

PATH = "/api/v2/auth/forward"
_METHODS = ("HTTP_X_FORWARDED_METHOD", "HTTP_X_ORIGINAL_METHOD")
_URIS = ("HTTP_X_FORWARDED_URI", "HTTP_X_ORIGINAL_URI")
_HOSTS = ("HTTP_X_FORWARDED_HOST", "HTTP_X_ORIGINAL_HOST")


class ForwardAuth:
    """Answer 200 with who is calling, 401, 403, or lead a browser to the sign-in page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path != PATH and not path.startswith(f"{PATH}/"):
            return self.get_response(request)
        drop_broken()
        below = path[len(PATH) :]
        try:
            caller = _caller(request)
        except Unauthenticated as error:
            return _signed_out(request, error, below)
        verdict = _verdict(request, caller, below)
        return _allowed(caller) if verdict.allowed else _denied(verdict)


def _caller(request: HttpRequest) -> Caller:
    """Return whose key came: one in a header decides over a cookie beside it."""
    token = token_of_fields(request.META) or request.COOKIES.get(SESSION_COOKIE, "")
    if not token:
        raise Unauthenticated("no_token")
    try:
        return caller_of_token(request, token)
    except RateLimited as error:  # Proxies know no 429.
        raise Unauthenticated("no_token") from error


def _verdict(request: HttpRequest, caller: Caller, below: str) -> Ruling:
    if below:
        # Envoy appends the client's own path and query: neither is our configuration.
        asked = Asked(request.method or "", request.META.get("HTTP_HOST", ""), below)
        return decide_by_rules(caller, asked)
    return decide_by_query(caller, request.GET.dict(), _asked(request))


def _asked(request: HttpRequest) -> Asked:
    """Return which request a trusted proxy asks about; nothing on the word of anybody else."""
    if not is_from_proxy(request):
        return Asked()
    meta = request.META
    uri = _first(meta, _URIS)
    host = _first(meta, _HOSTS) or meta.get("HTTP_HOST", "")
    return Asked(_first(meta, _METHODS), host, uri.partition("?")[0])


def _first(meta: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if meta.get(name)), "")


def _allowed(caller: Caller) -> HttpResponse:
    facts = {
        "User": caller.username,
        "User-Id": caller.id,
        "Email": caller.email,
        "Roles": ",".join(caller.site_roles),
        "Organizations": ",".join(caller.organization_ids),
        "Scopes": ",".join(caller.scopes),
        "Key-Id": caller.key_id,
    }
    response = HttpResponse(content_type=JSON)
    for name, value in facts.items():
        # As UTF-8; a header of Django has a character for each byte.
        response.headers[f"X-Auth-{name}"] = value.encode().decode("latin-1")
    return response


def _denied(verdict: Ruling) -> HttpResponse:
    missing = ", ".join(verdict.missing)
    error = Forbidden("forward_denied", missing=missing or "a permission for it")
    response = error_response(error)
    if verdict.missing:
        response.headers["WWW-Authenticate"] = insufficient_scope(verdict.missing)
    return response


def _signed_out(request: HttpRequest, error: Unauthenticated, below: str) -> HttpResponse:
    wants = not below and request.GET.get("redirect") == "login"
    if not wants or not _is_browser(request):
        return error_response(error)
    back = _original_url(request)
    query = f"?{urlencode({'next': back})}" if may_return_to(back) else ""
    return HttpResponse(status=302, headers={"Location": f"{settings.ACCESS_URL}/login{query}"})


def _is_browser(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _original_url(request: HttpRequest) -> str:
    """Return the address that the browser asked for, by the word of a trusted proxy."""
    if not is_from_proxy(request):
        return ""
    meta = request.META
    host, uri = _first(meta, _HOSTS), _first(meta, _URIS)
    scheme = meta.get("HTTP_X_FORWARDED_PROTO", "https")
    return f"{scheme}://{host}{uri}" if host and uri.startswith("/") else ""
