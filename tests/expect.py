"""What tests of this folder ask of an answer and of the audit."""

import json
from typing import Any

from accounts.federation.conversion import COOKIE as CONVERSION_COOKIE
from audit.models import Entry
from coderauth.http.csrf import SESSION_COOKIE

NOT_FOUND = "Resource not found or you do not have access to this resource"
SIGNED_OUT = "You are signed out or your session has expired. Please sign in again to continue."
INCORRECT = "Incorrect email or password."
PASSWORDS_OFF = "Password authentication is disabled."
NIL = "00000000-0000-0000-0000-000000000000"
STRONG = "An0ther-Str0ng-Passw0rd"
WEAK = "notstrong"
WEAK_DETAIL = (
    "insecure password, try including more special characters, using uppercase letters, "
    "using numbers or using a longer password"
)


def document(answer: Any) -> Any:
    return json.loads(answer.content)


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, document(answer)["message"]


def refused(
    answer: Any,
    status: int,
    message: str,
    *,
    detail: str = "",
    validations: dict[str, str] | None = None,
) -> None:
    """Assert an error envelope, whole and exactly."""
    expected: dict[str, Any] = {"message": message}
    if detail:
        expected["detail"] = detail
    if validations:
        expected["validations"] = [
            {"field": field, "detail": text} for field, text in validations.items()
        ]
    assert (answer.status_code, document(answer)) == (status, expected)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def invalid(answer: Any, **failed: tuple[str, str]) -> None:
    """Assert failed validations, `field=(rule, value)`, in the order of declaration."""
    refused(
        answer,
        400,
        "Validation failed.",
        validations={
            field: f'Validation failed for tag "{rule}" with value: "{value}"'
            for field, (rule, value) in failed.items()
        },
    )


def unreadable(answer: Any) -> None:
    """Assert that a body was refused as JSON; the detail is not part of the contract."""
    body = document(answer)
    assert (answer.status_code, body["message"]) == (400, "Request body must be valid JSON.")
    assert body["detail"]


def unknown_user(answer: Any, reference: str) -> None:
    refused(
        answer,
        400,
        '"user" must be an existing uuid or username.',
        detail=f'queried user="{reference}"',
    )


def audited(**which: Any) -> list[tuple[str, str, int]]:
    """Return action, resource type and status of the recorded acts, oldest first."""
    rows = Entry.objects.filter(**which).order_by("at")
    return list(rows.values_list("action", "resource_type", "status_code"))


def last_entry() -> Entry:
    entry = Entry.objects.order_by("at").last()
    assert entry is not None
    return entry


def turned_away(answer: Any, status: int, message: str) -> None:
    """Assert the refusal of a sign-in, whatever its detail: it leaves neither of our cookies."""
    assert (answer.status_code, document(answer)["message"]) == (status, message)
    assert not {SESSION_COOKIE, CONVERSION_COOKIE} & {*answer.cookies}
