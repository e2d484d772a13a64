"""The pages of an account and of its providers: for everybody, in both looks, in any window."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings

from accounts.models import User, UserLink
from accounts.providers.configuration import OidcConfig
from tests.browser.conftest import NARROW
from tests.browser.reading import Visit, focused, scrolls_sideways, violations
from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.browser

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E"
    "%3Ccircle cx='4.5' cy='4.5' r='4' fill='teal'/%3E%3C/svg%3E"
)
WIDE = {"width": 1280, "height": 800}
OWN = ["/account", "/account/password", "/account/sign-in/oidc"]
LONG = "The Single Sign-On of Example Incorporated and its Subsidiaries"


def provider(id: str, name: str, icon_url: str = "") -> OidcConfig:  # noqa: A002
    return OidcConfig(
        id, f"https://{id}.example", "id", "secret", sign_in_text=name, icon_url=icon_url
    )


@pytest.fixture
def alice(transactional_db: None, settings: Settings) -> User:
    known = [provider("oidc", "Keycloak", ICON), provider("1", LONG), provider("2", "X", "/no.svg")]
    settings.OIDC_PROVIDERS = {config.id: config for config in known}
    settings.TERMS_OF_SERVICE_URL = "https://example.test/terms"
    return make_user("alice", name="Alice Liddell")


def width(image: Locator) -> float:
    return float(image.evaluate("image => image.getBoundingClientRect().width"))


def make_grace() -> User:
    """Make somebody who signs in with a provider."""
    grace = make_user("grace", login_type="oidc")
    UserLink.objects.create(user=grace, login_type="oidc", provider="1", linked_id="x||1")
    return grace


def check(page: Page) -> None:
    assert violations(page) == []
    assert not scrolls_sideways(page)
    assert page.get_by_role("heading", level=1).count() == 1


@pytest.mark.long
@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_pages_have_no_barriers(visit: Visit, alice: User, window: dict[str, int]) -> None:
    page = visit("/login", viewport=window)
    check(page)
    for name in ("Keycloak", LONG, "X"):
        assert page.get_by_role("link", name=f"Sign in with {name}").is_visible()
    page = visit("/account", user=alice, viewport=window)
    check(page)
    for path in OWN[1:]:
        page.goto(path)
        check(page)
        page.get_by_role("main").get_by_role("button").click()
        page.get_by_role("alert").wait_for()
        check(page)
        assert page.title().startswith("Error: ")
    page = visit("/account", user=make_grace(), viewport=window)
    check(page)
    page.get_by_role("link", name="Sign in with a password again").click()
    check(page)


def test_text_may_be_twice_as_large(visit: Visit, alice: User) -> None:
    page = visit("/account", user=alice, viewport=NARROW)
    for path in OWN:
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not scrolls_sideways(page)


def test_an_icon_is_shown_and_a_broken_one_leaves_nothing(visit: Visit, alice: User) -> None:
    page = visit("/login")
    shown, broken = page.locator("img.icon").all()
    assert shown.evaluate("image => image.naturalWidth") > 0
    assert width(shown) == 20
    assert broken.evaluate("image => image.naturalWidth") == 0
    assert width(broken) == 0
    assert page.locator("main").aria_snapshot().count("img") == 0
    assert page.get_by_label("Password").is_visible()


def test_the_page_on_the_way_to_the_provider_has_no_barriers(visit: Visit, alice: User) -> None:
    page = visit("/account/sign-in/oidc", user=alice, viewport=NARROW)
    stay: Callable[[Any], None] = lambda route: route.fulfill(status=204)  # noqa: E731
    page.route("**/callback?*", stay)
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Continue to Keycloak").click()
    page.get_by_role("link", name="Continue to Keycloak").wait_for()
    check(page)


def test_the_account_is_read_and_left_by_keyboard(visit: Visit, alice: User) -> None:
    page = visit("/account", user=alice)
    names = []
    for _ in range(13):
        page.keyboard.press("Tab")
        names.append(focused(page))
    assert names == [
        "Skip to main content",
        "coderauth",
        "Sign out",
        "Keys",
        "Check access",
        "Account",
        "API",
        "Change your name",
        "Mail that you get",
        "Change your password",
        "Sign in with Keycloak from now on",
        f"Sign in with {LONG} from now on",
        "Sign in with X from now on",
    ]


def test_a_changed_password_leads_to_sign_in(visit: Visit, alice: User) -> None:
    page = visit("/account", user=alice)
    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill("An0ther-Passw0rd!y")
    page.get_by_role("button", name="Change password").click()
    page.wait_for_url("**/login")
    assert page.get_by_text("Your password was changed.").is_visible()


def test_a_new_password_is_judged_while_it_is_typed(visit: Visit, alice: User) -> None:
    page = visit("/account/password", user=alice)
    field = page.get_by_label("New password")
    verdict = page.locator("main").get_by_role("status")

    field.press_sequentially("alice")
    expect(verdict).to_have_text(re.compile("weak|short|guess|characters", re.IGNORECASE))
    field.fill("An0ther-Passw0rd!y")
    expect(verdict).to_have_text("Good enough.")
    field.fill("")
    expect(verdict).to_have_text("")
    assert violations(page) == []
