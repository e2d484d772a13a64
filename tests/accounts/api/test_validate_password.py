"""`POST /users/validate-password` (accounts.md 2.4, 3.4)."""

import pytest

from audit.models import Entry
from tests.expect import WEAK, WEAK_DETAIL, document, invalid, unreadable
from tests.people import Api


# accounts.md T057, T060
@pytest.mark.parametrize(
    ("password", "details"),
    [
        ("MySecurePassword!", ""),
        ("PasswordSecured123!", ""),
        ("xK9!" * 16, ""),
        ("pass", WEAK_DETAIL),
        ("password", WEAK_DETAIL),
        (WEAK, WEAK_DETAIL),
        ("a" * 65, WEAK_DETAIL),
        ("xK9!" * 17, "password must be no more than 64 characters"),
        ("a" * 1025, "password must be no more than 64 characters"),  # accounts.md H15
    ],
)
def test_a_password_is_judged(anonymous: Api, password: str, details: str) -> None:
    answer = anonymous.post("/users/validate-password", {"password": password})
    assert answer.status_code == 200
    assert document(answer) == {"valid": not details, "details": details}
    assert not Entry.objects.exists()


def test_none_at_all_is_a_failed_validation(anonymous: Api) -> None:
    invalid(anonymous.post("/users/validate-password", {}), password=("required", ""))
    unreadable(anonymous("POST", "/users/validate-password", raw=b"7"))
