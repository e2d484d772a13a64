"""How code refuses: a `DomainError` with a code of the table of refusals."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from coderauth.refusals import ERRORS


@dataclass(frozen=True, slots=True)
class Validation:
    """One refused field of a request."""

    field: str
    detail: str


class DomainError(Exception):
    """A refusal with a code of `ERRORS`; each door gives it a shape of its own."""

    def __init__(
        self,
        code: str,
        /,
        *,
        detail: str = "",
        validations: Sequence[Validation] = (),
        **params: object,
    ) -> None:
        spec = ERRORS[code]
        self.code = code
        self.status = spec.status
        self.parameters = params
        self.message = spec.message.format_map(params)
        self.detail = detail or spec.detail.format_map(params)
        self.validations = tuple(validations)
        super().__init__(self.message)


class InvalidRequest(DomainError):
    """What was sent cannot be used as it is (HTTP 400)."""


class Unauthenticated(DomainError):
    """The request brings no valid token (HTTP 401 with a challenge)."""


class SignInRefused(DomainError):
    """What was sent to sign in, or to prove a password, is not accepted (HTTP 401 or 403)."""


class Forbidden(DomainError):
    """The caller may know that the object exists, but may not do this (HTTP 403)."""


class NotFound(DomainError):
    """The object does not exist, or the caller may not know that it does (HTTP 404)."""


class Conflict(DomainError):
    """The act conflicts with something in the database (HTTP 409)."""


class RateLimited(DomainError):
    """Too many requests (HTTP 429)."""

    def __init__(self, *, limit: int, remaining: int = 0, reset_at: int = 0) -> None:
        super().__init__("rate_limited", limit=limit)
        self.limit = limit
        self.remaining = remaining
        self.reset_at = reset_at


class Busy(DomainError):
    """The server protects itself for a moment (HTTP 503)."""


@contextmanager
def refusals_about(place: str) -> Iterator[None]:
    """Add to a refusal the part of the request it is about, such as `put[3]`, unless empty."""
    try:
        yield
    except DomainError as error:
        if place:
            error.detail = ": ".join(filter(None, [place, error.detail or error.message]))
            error.validations = tuple(
                Validation(f"{place}.{one.field}", one.detail) for one in error.validations
            ) or (Validation(place, error.message),)
        raise
