"""Turn answers into JSON or exceptions."""

import re
from typing import Any

import httpx2

from coderauth_sdk.errors import (
    ApiError,
    ConnectionFailed,
    TimedOut,
    TransportError,
    UnexpectedAnswer,
    Validation,
    error_class,
)
from coderauth_sdk.retries import read_retry_after

_SCOPE = re.compile(r'error="insufficient_scope".*\bscope="([^"]*)"')


def read_answer(response: httpx2.Response, operation: str) -> Any:
    """Return the JSON of an answer, None if it is empty; raises according to the status."""
    if response.status_code == httpx2.codes.NO_CONTENT:
        return None
    if response.is_success:
        return _json(response, operation)
    if response.is_error:
        raise _refusal(response, operation)
    raise UnexpectedAnswer(
        f"{operation} was answered with {response.status_code}, a redirect, not followed: the "
        "token could end up elsewhere. Use the address it leads to (CODERAUTH_URL)."
    )


def _json(response: httpx2.Response, operation: str) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise UnexpectedAnswer(
            f"{operation} was answered with {response.status_code}, but not with JSON. "
            "Is it coderauth that answers there (CODERAUTH_URL)?"
        ) from error


def _refusal(response: httpx2.Response, operation: str) -> ApiError:
    """Return the exception for a refusal; the page of a proxy has only a status."""
    try:
        body = response.json()
    except ValueError:
        body = None
    envelope = body if isinstance(body, dict) else {}
    headers, reason = response.headers, response.reason_phrase
    return error_class(response.status_code)(
        status=response.status_code,
        message=str(envelope.get("message") or envelope.get("error_description") or reason),
        detail=str(envelope.get("detail", "")),
        validations=_validations(envelope.get("validations")),
        request_id=headers.get("X-Coder-Request-Id", ""),
        operation=operation,
        retry_after=read_retry_after(headers.get("Retry-After", "")),
        missing_scopes=_missing_scopes(headers.get("WWW-Authenticate", "")),
    )


def _missing_scopes(challenge: str) -> tuple[str, ...]:
    """Return the scopes that a challenge names (RFC 6750 3)."""
    named = _SCOPE.search(challenge)
    return tuple(named[1].split()) if named else ()


def _validations(sent: Any) -> tuple[Validation, ...]:
    rows = sent if isinstance(sent, list) else []
    return tuple(
        Validation(str(row.get("field", "")), str(row.get("detail", "")))
        for row in rows
        if isinstance(row, dict)
    )


def transport_error(error: httpx2.RequestError, operation: str) -> TransportError:
    """Return the exception for an answer that did not come."""
    if isinstance(error, httpx2.ConnectTimeout | httpx2.NetworkError | httpx2.RemoteProtocolError):
        return ConnectionFailed(
            f"{operation}: the server cannot be reached ({_reason(error)}). "
            "Check that it runs, and its address (CODERAUTH_URL)."
        )
    if isinstance(error, httpx2.TimeoutException):
        return TimedOut(
            f"{operation}: no answer in time ({_reason(error)}). "
            "It may still be carried out. A longer wait is Client(timeout=…)."
        )
    return TransportError(f"{operation}: {_reason(error)}.")


def _reason(error: httpx2.RequestError) -> str:
    return str(error) or type(error).__name__
