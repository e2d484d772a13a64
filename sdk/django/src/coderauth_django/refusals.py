"""What callers are refused with, beside the refusals of Django REST framework.

Its exception handler makes headers of the attributes `wait` and `auth_header`.
"""

from collections.abc import Sequence
from math import ceil

from rest_framework.exceptions import APIException, PermissionDenied

CHALLENGE = 'Bearer realm="coder"'
# Seconds, when coderauth itself could not say how many.
PAUSE = 5


class Unavailable(APIException):
    """503: coderauth does not answer, so nobody is let in, and nobody's key is called bad."""

    status_code = 503
    default_detail = "Keys cannot be checked at the moment. Try again later."
    default_code = "unavailable"

    def __init__(self, wait: float | None = None) -> None:
        super().__init__()
        self.wait = PAUSE if wait is None else max(1, ceil(wait))


class InsufficientScope(PermissionDenied):
    """403: the key lacks scopes, which are named in the body and to programs (RFC 6750 3.1)."""

    def __init__(self, missing: Sequence[str]) -> None:
        noun = "scope" if len(missing) == 1 else "scopes"
        sentence = f"Your key lacks the {noun} {', '.join(missing)}."
        super().__init__({"detail": sentence, "missing_scopes": list(missing)})
        self.auth_header = f'{CHALLENGE}, error="insufficient_scope", scope="{" ".join(missing)}"'
