"""Each page of ours: for everybody, in both looks, in a narrow window, without JavaScript."""

import pytest
from playwright.sync_api import Page

from accounts.models import User
from tests.browser.conftest import NARROW
from tests.browser.reading import Visit, scrolls_sideways, violations
from tests.people import PASSWORD, Api, make_user

pytestmark = pytest.mark.browser

PUBLIC = [
    "/login",
    "/forgot-password",
    "/forgot-password/sent",
    "/reset-password/change?otp=5e4b1c6e-0000-4000-8000-9a1c2b3d4e5f&email=alice%40example.test",
    "/logout",
    "/nowhere",
]


def pressed_in_vain(page: Page) -> Page:
    page.get_by_role("button").click()
    page.get_by_role("alert").wait_for()
    return page


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_has_no_barriers(transactional_db: None, visit: Visit, path: str) -> None:
    make_user("alice")
    page = visit(path)
    assert violations(page) == []
    assert page.title().endswith("coderauth")
    assert page.get_by_role("heading", level=1).count() == 1


@pytest.mark.parametrize("path", ["/login", "/forgot-password", "/reset-password/change"])
def test_a_refusal_has_no_barriers(transactional_db: None, visit: Visit, path: str) -> None:
    make_user("alice")
    page = pressed_in_vain(visit(path))
    assert violations(page) == []
    assert page.title().startswith("Error: ")


def test_the_set_up_page_has_no_barriers(transactional_db: None, visit: Visit) -> None:
    page = visit("/setup")
    assert violations(page) == []
    assert violations(pressed_in_vain(page)) == []


def test_the_page_for_members_in_the_admin_has_no_barriers(
    transactional_db: None, visit: Visit
) -> None:
    page = visit("/admin/", user=make_user("alice"))
    assert page.get_by_text("may not see this").is_visible()
    assert violations(page) == []


def test_the_command_line_page_has_no_barriers(transactional_db: None, visit: Visit) -> None:
    page = visit("/cli-auth", user=make_user("alice"), viewport=NARROW)
    for _ in ("before", "after"):
        assert violations(page) == []
        assert not scrolls_sideways(page)
        button = page.get_by_role("button", name="Make a session key")
        if button.count():
            button.click()
            page.get_by_label("Session key").wait_for()


def test_the_command_line_page_works_without_javascript(
    transactional_db: None, visit: Visit
) -> None:
    page = visit("/cli-auth", user=make_user("alice"), java_script_enabled=False)
    page.get_by_role("button", name="Make a session key").click()
    secret = page.get_by_label("Session key").input_value()
    assert Api(secret).get("/users/me").status_code == 200


@pytest.mark.parametrize("path", PUBLIC)
def test_a_narrow_window_does_not_scroll_sideways(
    transactional_db: None, visit: Visit, path: str
) -> None:
    make_user("alice")
    page = visit(path, viewport=NARROW)
    assert not scrolls_sideways(page)
    if path == "/login":
        assert not scrolls_sideways(pressed_in_vain(page))


def test_text_may_be_twice_as_large(transactional_db: None, visit: Visit) -> None:
    make_user("alice")
    page = visit("/login", viewport=NARROW)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not scrolls_sideways(page)


def test_everything_works_without_javascript(transactional_db: None, visit: Visit) -> None:
    owner: User = make_user("owner", roles=["owner"])
    make_user("alice")
    page = visit("/login", java_script_enabled=False)
    page.get_by_label("E-mail address").fill(owner.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_role("link", name="alice", exact=True).click()
    page.get_by_role("link", name="Suspend…").click()
    page.get_by_role("button", name="Suspend").click()
    assert page.get_by_text("alice is suspended.").is_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    assert User.objects.get(username="alice").status == "suspended"
