import base64

import pytest

from coderauth.http.csrf_token import is_well_formed, new_token, verify

# A pair made by the server we are compatible with (accounts.md 1.14).
COOKIE = "JXm9hOUdZctWt0ZZGAy9xiS/gxMKYOThdxjjMnMUyn4="
HEADER = "KNKvagCBEHZK7ihe2t7fj6VeJ0UyTDco1yVUJE8N06oNqxLu5Zx1vRxZbgfC0mJJgeGkVjgs08mgPbcWPBkZ1A=="

MALFORMED = [
    "",
    "x",
    "é",
    COOKIE[:-1],
    " " + COOKIE,
    COOKIE + "\n",
    base64.b64encode(b"x" * 31).decode(),
    base64.b64encode(b"x" * 33).decode(),
]


def test_known_masked_header_verifies() -> None:
    assert verify(HEADER, COOKIE)


def test_plain_header_verifies() -> None:
    assert verify(COOKIE, COOKIE)


def test_token_of_another_cookie_is_refused() -> None:
    other = new_token()
    assert not verify(other, COOKIE)
    assert not verify(HEADER, other)


def test_changed_mask_is_refused() -> None:
    assert not verify("L" + HEADER[1:], COOKIE)


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_header_is_refused(text: str) -> None:
    assert not verify(text, COOKIE)


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_cookie_verifies_nothing_not_even_itself(text: str) -> None:
    assert not is_well_formed(text)
    assert not verify(text, text)


def test_masked_value_is_no_cookie() -> None:
    assert not is_well_formed(HEADER)
    assert is_well_formed(COOKIE)


def test_new_tokens_are_well_formed_and_differ() -> None:
    assert is_well_formed(new_token())
    assert new_token() != new_token()
