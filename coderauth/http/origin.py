"""Refuse writes that a browser sends for a page of another site.

A page of another site can make a browser send a write with this site's cookies, or without any
cookie: to sign its visitor in as somebody else, or to make the first owner of a new installation.
Browsers say where a request comes from, and pages cannot change that (Fetch Metadata; RFC 6454).
Programs do not say it, and need not.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from coderauth.errors import Forbidden
from coderauth.http.csrf import SAFE_METHODS, SESSION_COOKIE, SESSION_HEADER
from coderauth.http.envelope import error_response
from coderauth.http.middleware import GetResponse, is_api
from coderauth.http.pages import failure

OURS = frozenset({"same-origin", "none"})  # none: the visitor did it, not a page.


class OriginRule:
    """Refuse writes that a page of another site makes, on pages and on the API alike.

    A write with its key in a header and without a session cookie is let through: a foreign page
    does not know the key, and cannot send the header without permission (`CODERAUTH_CORS_ORIGINS`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE_METHODS or not comes_from_elsewhere(request):
            return self.get_response(request)
        if is_api(request) and _brings_only_a_key(request):
            return self.get_response(request)
        error = Forbidden("foreign_origin", url=settings.ACCESS_URL)
        return error_response(error) if is_api(request) else failure(403, error.detail)


def comes_from_elsewhere(request: HttpRequest) -> bool:
    """Say whether a browser sent this for a page of another site."""
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site in OURS:
        return False
    origin: str | None = request.META.get("HTTP_ORIGIN")
    if origin is None:
        return site is not None
    if origin.lower() in settings.CSRF_TRUSTED_ORIGINS:
        return False
    return site is not None or not _names_our_host(origin, request)


def _names_our_host(origin: str, request: HttpRequest) -> bool:
    """Say whether an origin is the host that was asked, for browsers that send nothing else."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    host = request.META.get("HTTP_HOST", "").lower()
    schemes = {"https"} if settings.HTTPS else {"http", "https"}
    return parts.scheme in schemes and parts.netloc == host != ""


def _brings_only_a_key(request: HttpRequest) -> bool:
    meta = request.META
    if request.COOKIES.get(SESSION_COOKIE):
        return False
    bearer = meta.get("HTTP_AUTHORIZATION", "")
    return bool(meta.get(SESSION_HEADER)) or bearer[:7].lower() == "bearer "
