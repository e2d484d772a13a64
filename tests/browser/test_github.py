"""Signing in with GitHub in a real browser: led back by GitHub, and with a code typed there."""

from typing import Any

import pytest
from playwright.sync_api import Page

from accounts.models import User
from coderauth.http.csrf import SESSION_COOKIE
from tests.accounts.github_visitor import CALLBACK
from tests.browser.conftest import NARROW
from tests.browser.reading import Visit, focused, scrolls_sideways, violations
from tests.github_server import GithubServer
from tests.people import make_user
from tests.waiting import until

pytestmark = pytest.mark.browser

TO_GITHUB = f"{CALLBACK}?redirect=/logout"


@pytest.fixture(autouse=True)
def people(transactional_db: None, settings: Any, live_server: Any) -> None:
    settings.ACCESS_URL = live_server.url
    make_user("owner", roles=["owner"])


def session_of(page: Page) -> bool:
    return any(cookie["name"] == SESSION_COOKIE for cookie in page.context.cookies())


def the_code(device: GithubServer) -> str:
    (only,) = device.devices.values()
    return only.user_code


def test_github_leads_back_to_where_one_was_going(github: GithubServer, visit: Visit) -> None:
    page = visit(TO_GITHUB)
    assert page.url.endswith("/logout")
    assert session_of(page)
    assert User.objects.filter(username="octocat", login_type="github").exists()


def test_the_page_of_the_code_has_no_barriers(device: GithubServer, visit: Visit) -> None:
    page = visit(TO_GITHUB, java_script_enabled=True)
    assert page.get_by_text(the_code(device)).is_visible()
    assert violations(page) == []
    assert page.title().startswith("Sign in with GitHub")
    assert page.get_by_role("heading", level=1).count() == 1


def test_a_narrow_window_does_not_scroll_sideways(device: GithubServer, visit: Visit) -> None:
    page = visit(TO_GITHUB, viewport=NARROW)
    assert not scrolls_sideways(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not scrolls_sideways(page)


def test_the_button_is_enough(device: GithubServer, visit: Visit) -> None:
    page = visit(TO_GITHUB, java_script_enabled=False)
    page.get_by_role("button", name="I have entered the code").click()
    assert page.get_by_role("status").inner_text().startswith("The code has not been entered yet.")
    device.approve(the_code(device))
    page.get_by_role("button", name="I have entered the code").click()
    page.wait_for_url("**/logout")
    assert session_of(page)


def test_with_the_script_the_button_says_not_yet_and_then_signs_in(
    device: GithubServer, visit: Visit
) -> None:
    page = visit(TO_GITHUB, java_script_enabled=True)
    button = page.get_by_role("button", name="I have entered the code")
    button.click()
    page.get_by_role("status").wait_for()
    device.approve(the_code(device))
    button.click()
    page.wait_for_url("**/logout")
    assert session_of(page)


def test_the_keyboard_is_enough(device: GithubServer, visit: Visit) -> None:
    page = visit(TO_GITHUB)
    labels = []
    for _ in range(4):
        page.keyboard.press("Tab")
        labels.append(focused(page))
    assert labels == [
        "Skip to main content",
        f"{device.url}/login/device",
        "I have entered the code",
        "Sign in another way",
    ]
    device.approve(the_code(device))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/logout")
    assert session_of(page)


def test_the_page_goes_on_by_itself(device: GithubServer, visit: Visit) -> None:
    page = visit(TO_GITHUB)
    asked = len(device.asked)
    until(lambda: len(device.asked) > asked + 1)
    assert page.get_by_text(the_code(device)).is_visible()
    device.approve(the_code(device))
    page.wait_for_url("**/logout")
    assert session_of(page)


def test_the_page_says_by_itself_that_it_is_over(device: GithubServer, visit: Visit) -> None:
    page = visit(TO_GITHUB)
    (only,) = device.devices.values()
    only.refusal = "access_denied"
    page.get_by_role("heading", name="Signing in did not work").wait_for()
    assert page.title().startswith("Signing in did not work")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
    assert violations(page) == []
    page.get_by_role("link", name="Back to sign in").click()
    page.wait_for_url("**/login")
    assert not session_of(page)
