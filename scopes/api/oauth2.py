"""`/oauth2/…`, at the root of the site: token introspection (RFC 7662) and revocation (RFC 7009).

Their bodies, answers and errors are those of OAuth 2.0, not Coder's.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from coderauth.connections import drop_broken
from coderauth.errors import Busy, DomainError, InvalidRequest, RateLimited, Unauthenticated
from coderauth.http.body import MAX_BYTES
from coderauth.http.client import client_address, rate_limit_address
from coderauth.http.decoding import decode_form
from coderauth.http.envelope import error_headers
from coderauth.http.openapi import FORM_TYPE
from coderauth.http.outages import as_refusal
from coderauth.http.ratelimit import enforce
from coderauth.http.rendering import JSON, encode
from coderauth.metrics import count_refusal
from scopes.http.authentication import caller_of_token, token_of_fields
from scopes.keys.possession import key_introspect, key_surrender

INACTIVE = {"active": False}
# RFC 6749 5.2 and RFC 6750 3.1: what programs go by, beside the status.
CODES = {400: "invalid_request", 401: "invalid_token", 503: "temporarily_unavailable"}
View = Callable[[HttpRequest], HttpResponse]


def post_only(view: View) -> View:
    """Take POST alone, and word refusals as OAuth 2.0 does."""

    @wraps(view)
    def taking_post(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        try:
            drop_broken()
            return view(request)
        except DomainError as error:
            return _refusal(error)
        except Exception as error:
            outage = as_refusal(error)
            if outage is None:
                raise
            return _refusal(outage)

    return taking_post


@post_only
def introspect(request: HttpRequest) -> HttpResponse:
    """Say what a token is good for, to a caller whose own key may read that key."""
    own = token_of_fields(request.META)
    if not own:
        raise Unauthenticated("no_token")
    caller = caller_of_token(request, own)
    address = client_address(request)
    found = key_introspect(caller=caller, token=_token(request), address=address)
    return _answer(found or INACTIVE)


@post_only
def revoke(request: HttpRequest) -> HttpResponse:
    """End the key of a token; the answer is the same whatever it was."""
    if key_surrender(token=_token(request), why={"by_possession": True}) is None:
        address = rate_limit_address(client_address(request))
        with suppress(Busy):
            enforce(f"guess:{address}", settings.KEY_GUESS_LIMIT)
    return _answer({})


def _token(request: HttpRequest) -> str:
    if request.content_type != FORM_TYPE:
        raise InvalidRequest("invalid_json", detail=f"the body must be {FORM_TYPE}")
    token = decode_form(request.read(MAX_BYTES + 1)).get("token", "")
    if not token:
        raise InvalidRequest("invalid_json", detail="the parameter token is missing")
    return token


def _answer(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    return HttpResponse(
        encode(document), status=status, content_type=JSON, headers={**(headers or {})}
    )


def _refusal(error: DomainError) -> HttpResponse:
    count_refusal(error.code)
    code = "slow_down" if isinstance(error, RateLimited) else CODES.get(error.status)
    document = {
        "error": code or "invalid_request",
        "error_description": error.detail or error.message,
    }
    return _answer(document, error.status, error_headers(error))
