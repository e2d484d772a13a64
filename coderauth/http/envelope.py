"""The one JSON shape of errors and plain messages under `/api/v2` (accounts.md 1.3)."""

import logging
import sys
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework.response import Response

from coderauth.errors import Busy, DomainError, RateLimited, Unauthenticated
from coderauth.http.outages import as_refusal
from coderauth.http.rendering import JSON, encode
from coderauth.metrics import count_refusal

logger = logging.getLogger(__name__)


def error_body(error: DomainError) -> dict[str, Any]:
    """Return the envelope of a refusal; empty parts are left out."""
    body: dict[str, Any] = {"message": error.message}
    if error.detail:
        body["detail"] = error.detail
    if error.validations:
        body["validations"] = [
            {"field": validation.field, "detail": validation.detail}
            for validation in error.validations
        ]
    return body


def error_headers(error: DomainError) -> dict[str, str]:
    """Return the headers a refusal carries: RFC 6750 challenges, RFC 6585 rate limits."""
    if isinstance(error, RateLimited):
        return {
            "Retry-After": "60",
            "X-RateLimit-Limit": str(error.limit),
            "X-RateLimit-Remaining": str(error.remaining),
            "X-RateLimit-Reset": str(error.reset_at),
        }
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": challenge(error)}
    if isinstance(error, Busy):
        return {"Retry-After": "5" if error.code == "store_unavailable" else "1"}
    return {}


def challenge(error: Unauthenticated) -> str:
    """Return the `WWW-Authenticate` value for a caller without a valid token (RFC 6750 §3)."""
    expired = "expired" in error.message or "expired" in error.detail
    description = f"The access token {'has expired' if expired else 'is invalid'}"
    return (
        f'Bearer realm="coder", error="invalid_token", error_description="{description}", '
        f'resource_metadata="{settings.ACCESS_URL}/.well-known/oauth-protected-resource"'
    )


def insufficient_scope(missing: Iterable[str]) -> str:
    """Return the `WWW-Authenticate` value for a key without the scopes for a request."""
    return (
        'Bearer realm="coder", error="insufficient_scope", error_description="The request requires '
        f'higher privileges than provided by the access token", scope="{" ".join(missing)}"'
    )


def error_response(error: DomainError) -> HttpResponse:
    """Return a refusal made outside of DRF, by a middleware or the URL table."""
    count_refusal(error.code)
    return HttpResponse(
        encode(error_body(error)),
        status=error.status,
        content_type=JSON,
        headers=error_headers(error),
    )


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Answer any exception of a view; unexpected ones are logged, and the answer tells nothing."""
    if isinstance(error, Http404):
        error = DomainError("not_found")
    elif isinstance(error, SuspiciousOperation):  # Django refuses to read what was sent.
        error = DomainError("invalid_query")
    if not isinstance(error, DomainError):
        logger.error("Unexpected error in %s", context.get("view"), exc_info=error)
        error = as_refusal(error) or DomainError("internal")
    count_refusal(error.code)
    return Response(error_body(error), status=error.status, headers=error_headers(error))


def route_not_found(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer a path below `/api` that does not exist."""
    return error_response(DomainError("route_not_found"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django refuses to read, such as one with a thousand parameters."""
    return error_response(DomainError("invalid_query"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a failure outside of DRF's views, which is being handled."""
    return error_response(as_refusal(sys.exc_info()[1]) or DomainError("internal"))
