"""Signing in at a provider: our server as a process, a real provider, a real browser between."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from coderauth.http.csrf import SESSION_COOKIE, SESSION_HEADER
from tests.browser.conftest import NARROW
from tests.browser.reading import focused, scrolls_sideways, violations
from tests.oidc import oidc_provider_mock
from tests.people import PASSWORD
from tests.processes import Installation, installation
from tests.waiting import until

pytestmark = pytest.mark.browser

OPEN = Callable[..., Page]


def claims(name: str) -> Any:
    from oidc_provider_mock import User

    known = {"email": f"{name}@example.test", "email_verified": True, "preferred_username": name}
    return User(sub=name, claims=known)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    people = [claims(name) for name in ("owner", "alice", "grace", "carol", "mallory")]
    with oidc_provider_mock(user_claims=people) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def place(
    template: Installation, tmp_path_factory: pytest.TempPathFactory, issuer: str
) -> Iterator[Installation]:
    """Run an installation with an owner and alice, who both have passwords, and a provider."""
    folder: Path = tmp_path_factory.mktemp("place")
    with installation(folder, template) as place:
        place.environment |= {
            "CODERAUTH_OIDC_ISSUER_URL": issuer,
            "CODERAUTH_OIDC_CLIENT_ID": "coderauth",
            "CODERAUTH_OIDC_CLIENT_SECRET": "of-the-tests",
            "CODERAUTH_OIDC_SIGN_IN_TEXT": "Example",
        }
        with place.start("serve") as server:
            server.wait_for("is ready")
            owner = {"email": "owner@example.test", "username": "owner", "password": PASSWORD}
            assert place.call("/api/v2/users/first", owner) == 201
            for name in ("alice", "bob"):
                known = ("--username", name, "--email", f"{name}@example.test")
                made = place.run("users", "create", *known, "--password-stdin", given=PASSWORD)
                assert made.returncode == 0, made.stderr
            yield place


@pytest.fixture
def browse(chromium: Browser, place: Installation) -> Iterator[OPEN]:
    """Open pages; afterwards nothing of ours may have been complained about in the console."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []
    ours = f"http://127.0.0.1:{place.port}"

    def open_page(path: str, **options: Any) -> Page:
        context = chromium.new_context(base_url=ours, **options)
        # The style of the provider's pages, from a network that tests do without.
        context.route("**/*.min.css", lambda route: route.abort())
        opened.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda line: (
                complaints.append(line.text)
                if line.type in {"error", "warning"}
                and "server responded with" not in line.text
                and line.location["url"].startswith(ours)
                else None
            ),
        )
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert complaints == []


def session_of(page: Page) -> str:
    found = [c["value"] for c in page.context.cookies() if c["name"] == SESSION_COOKIE]
    return found[0] if found else ""


def me(place: Installation, session: str) -> Any:
    """Return what the API says of who a session is, or the status it refuses with."""
    header = SESSION_HEADER.removeprefix("HTTP_").replace("_", "-")
    url = f"http://127.0.0.1:{place.port}/api/v2/users/me"
    request = urllib.request.Request(url, headers={header: session})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def sign_in(page: Page, name: str) -> None:
    page.get_by_label("E-mail address").fill(f"{name}@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def approve(page: Page, name: str) -> None:
    """Sign in at the provider as somebody."""
    page.get_by_role("heading", name="Authorize Client").wait_for()
    page.get_by_placeholder("sub").fill(name)
    page.get_by_role("button", name="Authorize", exact=True).click()


def convert(page: Page, *, as_whom: str) -> None:
    page.goto("/account")
    page.get_by_role("link", name="Sign in with Example from now on").click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Continue to Example").click()
    approve(page, as_whom)


def mailed_link(place: Installation) -> str:
    """Wait for the one mail with a link to set a password, and return the link."""
    found: list[str] = []

    def links() -> bool:
        for mail in (place.folder / "data" / "mail").glob("*.eml"):
            parsed = message_from_bytes(mail.read_bytes(), policy=policy.default)
            body = parsed.get_body(("plain",))
            assert body is not None
            found[:] = (
                re.findall(r"http://\S+/reset-password/change\S+", body.get_content()) or found
            )
        return bool(found)

    until(links)
    (link,) = found
    return link


@pytest.mark.long
def test_an_account_is_converted_and_its_owner_lands_signed_in(
    browse: OPEN, place: Installation
) -> None:
    page = browse("/login")
    sign_in(page, "owner")
    page.wait_for_url("**/keys")
    before = session_of(page)
    assert me(place, before)["login_type"] == "password"
    page.get_by_role("link", name="Account", exact=True).click()
    page.get_by_text("You sign in with").wait_for()
    convert(page, as_whom="owner")

    page.wait_for_url("**/account?converted")
    page.get_by_text("From now on you sign in with Example.").wait_for()
    after = session_of(page)
    assert (me(place, after)["login_type"], me(place, after)["username"]) == ("oidc", "owner")
    assert me(place, before) == 401

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    sign_in(page, "owner")
    told = page.get_by_role("alert").inner_text()
    assert "Incorrect email or password." in told
    assert "If you sign in with Example, use that button instead." in told
    page.get_by_role("link", name="Sign in with Example").click()
    approve(page, "owner")
    page.wait_for_url("**/keys")
    assert page.get_by_text("owner", exact=True).is_visible()


def test_somebody_new_signs_up_from_the_login_page(browse: OPEN, place: Installation) -> None:
    page = browse("/login")
    page.get_by_role("link", name="Sign in with Example").click()
    approve(page, "grace")
    page.wait_for_url("**/keys")
    page.get_by_role("link", name="Account", exact=True).click()
    page.get_by_text("grace@example.test").wait_for()
    known = me(place, session_of(page))
    assert (known["username"], known["login_type"], known["roles"]) == ("grace", "oidc", [])


@pytest.mark.long
def test_an_account_of_a_provider_gets_a_password_again(browse: OPEN, place: Installation) -> None:
    page = browse("/login")
    page.get_by_role("link", name="Sign in with Example").click()
    approve(page, "carol")
    page.wait_for_url("**/keys")
    before = session_of(page)
    page.get_by_role("link", name="Account", exact=True).click()
    page.get_by_role("link", name="Sign in with a password again").click()
    assert violations(page) == []
    page.get_by_role("button", name="Send the mail").click()
    page.get_by_text("We have sent a mail with a link to carol@example.test.").wait_for()

    page.goto(mailed_link(place))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_text("Your password was changed.").wait_for()
    assert me(place, before) == 401
    sign_in(page, "carol")
    page.wait_for_url("**/keys")
    assert me(place, session_of(page))["login_type"] == "password"
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in with Example").click()
    approve(page, "carol")
    page.get_by_role("heading", name="Incorrect login type").wait_for()


def test_signing_in_leads_back_to_where_one_wanted_to_go(browse: OPEN) -> None:
    page = browse("/account/password")
    page.wait_for_url("**/login?next=/account/password")
    page.get_by_role("link", name="Sign in with Example").click()
    approve(page, "grace")
    page.wait_for_url("**/account")  # Which is where the page of the password sends her.


def test_converting_works_without_javascript_in_a_narrow_window(
    browse: OPEN, place: Installation
) -> None:
    page = browse("/login", java_script_enabled=False, viewport=NARROW)
    sign_in(page, "alice")
    page.wait_for_url("**/keys")
    convert(page, as_whom="alice")
    page.wait_for_url("**/account?converted")
    assert me(place, session_of(page))["login_type"] == "oidc"


def test_somebody_else_at_the_provider_leaves_the_password(
    browse: OPEN, place: Installation
) -> None:
    page = browse("/login")
    sign_in(page, "bob")
    page.wait_for_url("**/keys")
    convert(page, as_whom="mallory")
    page.get_by_role("heading", name="Signing in did not work").wait_for()
    text = page.get_by_role("main").inner_text()
    assert "does not match the email of the account" in text
    assert "Your account was not changed; your password is still good." in text
    page.get_by_role("link", name="Back to sign in").click()
    page.wait_for_url("**/keys")  # The session is still good, too.
    assert me(place, session_of(page))["login_type"] == "password"


def test_a_refusal_of_the_provider_is_a_page_without_barriers(browse: OPEN) -> None:
    page = browse("/login", viewport=NARROW)
    page.get_by_role("link", name="Sign in with Example").click()
    page.get_by_role("button", name="Deny").click()
    page.get_by_text("You cancelled, or the provider does not let you use this service.").wait_for()
    assert violations(page) == []
    assert not scrolls_sideways(page)
    assert page.title().startswith("Signing in did not work")
    page.get_by_role("link", name="Back to sign in").click()
    page.wait_for_url("**/login")


def test_the_way_to_the_provider_takes_a_keyboard_only(browse: OPEN) -> None:
    page = browse("/login")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "Sign in with Example"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Authorize Client").wait_for()
