"""What a refusal is on the wire, and the texts that several have."""

from dataclasses import dataclass

SIGNED_OUT = "You are signed out or your session has expired. Please sign in again to continue."
INTERNAL = "An internal error occurred. Please try again or contact the system administrator."
FORBIDDEN_DETAIL = (
    "You don't have permission to view this content. If you believe this is a mistake, please "
    "contact your administrator or try signing in with different credentials."
)


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """What a code means on the wire; `message` and `detail` may hold `{name}` parameters."""

    status: int
    message: str
    detail: str = ""
