"""What a call can raise. All of them are a `CoderAuthError`; none ever holds a secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar


class CoderAuthError(Exception):
    """The base of everything that this package raises itself."""


class ConfigurationError(CoderAuthError):
    """The address of the server is missing or impossible."""


class UnexpectedAnswer(CoderAuthError):
    """Something answered, but not as coderauth would: often a proxy, or another service."""


class TransportError(CoderAuthError):
    """No answer came: the request may or may not have been carried out."""


class ConnectionFailed(TransportError):
    """The server could not be reached, or hung up."""


class TimedOut(TransportError):
    """The server did not answer in time."""


@dataclass(frozen=True, slots=True)
class Validation:
    """One refused field of a request."""

    field: str
    detail: str


class ApiError(CoderAuthError):
    """The server refused; the envelope of its answer is in the attributes.

    With `request_id`, an administrator of the server finds the request. `retry_after` is how many
    seconds the server asked to wait, if it did. `missing_scopes` are those that the token lacks for
    this call, whatever else it lacks.
    """

    hint: ClassVar[str] = ""

    def __init__(
        self,
        status: int,
        message: str,
        detail: str = "",
        validations: tuple[Validation, ...] = (),
        request_id: str = "",
        operation: str = "",
        retry_after: float | None = None,
        missing_scopes: tuple[str, ...] = (),
    ) -> None:
        # All are arguments of Exception, so that the error can be pickled.
        super().__init__(
            status,
            message,
            detail,
            validations,
            request_id,
            operation,
            retry_after,
            missing_scopes,
        )
        self.status = status
        self.message = message
        self.detail = detail
        self.validations = validations
        self.request_id = request_id
        self.operation = operation
        self.retry_after = retry_after
        self.missing_scopes = missing_scopes

    def __str__(self) -> str:
        said = [f"{self.status} {self.message}", self.detail]
        said += [f"{one.field}: {one.detail}" for one in self.validations]
        said += [self.advice, f"({self._where()})"]
        return " ".join(part for part in said if part)

    @property
    def advice(self) -> str:
        """What to do next, in a sentence."""
        if self.missing_scopes:
            return f"The token lacks {', '.join(self.missing_scopes)}: use one that has it."
        return self.hint

    def _where(self) -> str:
        known = [self.operation, self.request_id and f"request {self.request_id}"]
        return ", ".join(part for part in known if part) or f"status {self.status}"


class InvalidRequest(ApiError):
    """400, 422: what was sent is not valid; `validations` names the fields."""

    hint = "Change the request before sending it again."


class NotSignedIn(ApiError):
    """401: no token, one that has ended, or wrong credentials."""

    hint = "Sign in again, or check the token (CODERAUTH_TOKEN)."


class Forbidden(ApiError):
    """403: the roles of the user, or the scopes of the token, do not permit this."""

    hint = "Ask for the role, or use a token with the scope; client.explain() says what is missing."


class NotFound(ApiError):
    """404: it does not exist, or this token may not see it; the server never says which."""

    hint = "Check the name or id, and that this token may read it."


class Conflict(ApiError):
    """409: it exists already, or is still in use."""

    hint = "Choose another name, or look at what is already there."


class RateLimited(ApiError):
    """429: too many requests, and waiting as `Retries` allows did not help."""

    @property
    def advice(self) -> str:
        if self.retry_after is None:
            return "Wait a minute before trying again."
        return f"Wait {self.retry_after:.0f} s, or let the client wait longer: Retries(total=…)."


class ServerError(ApiError):
    """5xx: the server, or a proxy in front of it, failed."""

    hint = "Try again later; give the administrator the id of the request."


_BY_STATUS: Mapping[int, type[ApiError]] = MappingProxyType(
    {
        400: InvalidRequest,
        401: NotSignedIn,
        403: Forbidden,
        404: NotFound,
        409: Conflict,
        422: InvalidRequest,
        429: RateLimited,
    }
)


def error_class(status: int) -> type[ApiError]:
    """Return the exception class of a status; `ApiError` if it has none of its own."""
    return _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
