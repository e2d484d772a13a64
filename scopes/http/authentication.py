"""Authenticate requests by keys: where a token is found, and what guessing costs."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from audit.records import KEY_ID
from coderauth.errors import Busy, Unauthenticated
from coderauth.http.client import client_address, rate_limit_address
from coderauth.http.csrf import SESSION_COOKIE, SESSION_HEADER
from coderauth.http.outages import OUTAGES
from coderauth.http.principals import Authenticator
from coderauth.http.ratelimit import enforce
from coderauth.metrics import count_key
from scopes.callers import Caller
from scopes.keys.verifying import GUESSES, verify

BEARER = "bearer "


class KeyAuthentication(Authenticator):
    """Authenticates requests by their keys; raises Unauthenticated, and never lets anybody pass."""

    refuses: ClassVar[tuple[str, ...]] = (
        "no_token",
        "malformed_token",
        "unknown_key",
        "wrong_secret",
        "expired_key",
        "unlinked_key",
        "paused_key",
        "provider_session_expired",
        "refresh_failed",
        "refresh_not_configured",
        "inactive_user",
        "provider_busy",
    )

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        http_request: HttpRequest = request._request  # noqa: SLF001 (DRF has no public name for it)
        caller = authenticate(http_request)
        return caller, caller.key_id


def authenticate(request: HttpRequest) -> Caller:
    """Return the caller of a request. Raises Unauthenticated, or RateLimited for guessers."""
    token = find_token(request)
    if not token:
        raise Unauthenticated("no_token")
    caller = caller_of_token(request, token)
    caller.by_cookie = "HTTP_COOKIE" in request.META and token == cookie_of(request)
    return caller


def caller_of_token(request: HttpRequest, token: str) -> Caller:
    """Return the caller whose key a request brings, and note the key for the audit.

    Raises Unauthenticated for an invalid one. Guesses count against the address, whichever door
    they come to; too many raise RateLimited.
    """
    address = client_address(request)
    try:
        caller = verify(token, address=address)
    except Unauthenticated as error:
        count_key(error.code)
        if error.code in GUESSES:
            # Even if guesses cannot be counted, a wrong key is a wrong key.
            with suppress(Busy, *OUTAGES):
                enforce(f"guess:{rate_limit_address(address)}", settings.KEY_GUESS_LIMIT)
        raise
    count_key("good")
    request.META[KEY_ID] = caller.key_id
    return caller


def find_token(request: HttpRequest) -> str:
    """Return the token from the first place that has one (accounts.md 1.8), or an empty text."""
    meta = request.META
    if "HTTP_COOKIE" in meta and (token := cookie_of(request)):
        return token
    in_query = bool(meta.get("QUERY_STRING")) and settings.TOKENS_IN_QUERY
    if in_query and (token := request.GET.get(SESSION_COOKIE, "")):
        return token
    if token := token_of_fields(meta):
        return token
    return request.GET.get("access_token", "").strip() if in_query else ""


def cookie_of(request: HttpRequest) -> str:
    """Return the token in the cookie of a browser, or an empty text."""
    return request.COOKIES.get(SESSION_COOKIE, "")


def token_of_fields(meta: Mapping[str, Any]) -> str:
    """Return the token in a header, or an empty text."""
    if token := meta.get(SESSION_HEADER, ""):
        return str(token)
    authorization: str = meta.get("HTTP_AUTHORIZATION", "")
    if authorization[: len(BEARER)].lower() == BEARER:
        return authorization[len(BEARER) :].strip()
    return ""
