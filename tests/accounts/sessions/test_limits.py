"""A stranger who tries passwords keeps other strangers out, and never the account's owner."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from scopes.models import Key
from tests.people import PASSWORD, make_user

STRANGER, HOME, ELSEWHERE = "198.51.100.9", "203.0.113.5", "192.0.2.7"
LIMIT = 5


@pytest.fixture(autouse=True)
def _few(settings: Settings) -> None:
    settings.RATE_LIMITS_ENABLED = True
    settings.LOGIN_RATE_LIMIT = LIMIT


def sign_in(client: Client, user: User, password: str = PASSWORD, *, at: str) -> int:
    body = {"email": user.email, "password": password}
    answer: Any = client.post(
        "/api/v2/users/login", body, content_type="application/json", REMOTE_ADDR=at
    )
    client.cookies.pop("coder_session_token", None)
    return int(answer.status_code)


def besiege(user: User) -> None:
    """Try passwords from many addresses, until no stranger is let try any more."""
    for number in range(LIMIT + 2):
        last = sign_in(Client(), user, "wrong", at=f"198.51.100.{number}")
    assert last == 429


def test_the_owner_signs_in_from_where_they_have_before(alice: User) -> None:
    assert sign_in(Client(), alice, at=HOME) == 201
    besiege(alice)
    assert sign_in(Client(), alice, at=HOME) == 201
    assert sign_in(Client(), alice, at=ELSEWHERE) == 429


def test_the_owner_signs_in_with_a_browser_that_has_before(alice: User) -> None:
    browser = Client()
    assert sign_in(browser, alice, at=HOME) == 201
    Key.objects.all().delete()  # Signed out everywhere.
    besiege(alice)
    assert sign_in(Client(), alice, at=ELSEWHERE) == 429
    assert sign_in(browser, alice, at=ELSEWHERE) == 201


def test_a_device_cookie_opens_no_other_account(alice: User) -> None:
    mallory, browser = make_user("mallory"), Client()
    assert sign_in(browser, mallory, at=ELSEWHERE) == 201
    besiege(alice)
    assert sign_in(browser, alice, at=STRANGER) == 429


@pytest.mark.parametrize("value", ["", "x", "a:b:c", "ImEi:1:2", "\u00e9"])
def test_a_forged_device_cookie_is_a_strangers(alice: User, value: str) -> None:
    besiege(alice)
    browser = Client()
    browser.cookies["coderauth_device"] = value
    assert sign_in(browser, alice, at=ELSEWHERE) == 429


def test_a_known_browser_has_a_limit_of_its_own(alice: User) -> None:
    browser = Client()
    assert sign_in(browser, alice, at=HOME) == 201
    tried = [sign_in(browser, alice, "wrong", at=f"203.0.113.{n}") for n in range(LIMIT + 1)]
    assert tried == [401] * LIMIT + [429]
    assert sign_in(Client(), alice, at=ELSEWHERE) == 201


def test_the_page_and_the_api_count_alike(alice: User) -> None:
    page = Client()
    form = {"email": alice.email, "password": PASSWORD}
    assert page.post("/login", form, REMOTE_ADDR=HOME).status_code == 302
    assert page.cookies["coderauth_device"]["httponly"]
    page.cookies.pop("coder_session_token")
    Key.objects.all().delete()
    besiege(alice)
    assert Client().post("/login", form, REMOTE_ADDR=ELSEWHERE).status_code == 429
    assert page.post("/login", form, REMOTE_ADDR=ELSEWHERE).status_code == 302


def test_strangers_do_not_keep_the_owner_from_converting(alice: User) -> None:
    client = Client()
    assert sign_in(client, alice, at=HOME) == 201
    token = client.post(
        "/api/v2/users/login",
        {"email": alice.email, "password": PASSWORD},
        content_type="application/json",
        REMOTE_ADDR=HOME,
    ).json()["session_token"]
    besiege(alice)
    answer = Client().post(
        "/api/v2/users/me/convert-login",
        {"to_type": "github", "password": PASSWORD},
        content_type="application/json",
        headers={"Coder-Session-Token": token},
        REMOTE_ADDR=HOME,
    )
    assert answer.status_code == 201


def test_nobody_and_somebody_are_limited_alike(alice: User) -> None:
    nobody = User(email="nobody@example.test")
    for user in (alice, nobody):
        tried = [sign_in(Client(), user, "wrong", at=f"198.51.100.{n}") for n in range(LIMIT + 1)]
        assert tried == [401] * LIMIT + [429]
