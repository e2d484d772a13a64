"""Somebody new: from an empty folder to a key that is made, used, seen and revoked."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from scopes.models import Key
from tests.browser.reading import Visit, focused
from tests.people import PASSWORD, make_key
from tests.processes import Installation
from tests.scopes.registry import store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium: Browser, fresh: Installation) -> Iterator[Page]:
    """Open the site of an empty installation, as `make run` starts it."""
    with fresh.start("serve") as running:
        running.wait_for("is ready at")
        context = chromium.new_context(base_url=f"http://127.0.0.1:{fresh.port}")
        opened = context.new_page()
        opened.goto("/")
        yield opened
        context.close()


@pytest.mark.long
def test_a_stranger_gets_from_nothing_to_a_key_and_rid_of_it(page: Page) -> None:
    page.wait_for_url("**/setup")
    page.get_by_label("E-mail address").fill("ada@example.test")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create owner").click()
    page.get_by_label("E-mail address").fill("ada@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("link", name="New key").click()
    page.get_by_label("Name", exact=True).fill("first")
    page.locator("input[value='workspace:read']").check()
    page.get_by_role("button", name="Make the key").click()
    command = page.get_by_label("Try it").input_value()
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == '{"workspace:read":true}\n'

    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text("first used the key")).to_be_visible()
    page.get_by_role("link", name="Revoke…").click()
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_text("The key first is revoked.")).to_be_visible()


def test_a_key_is_made_and_revoked_without_javascript(visit: Visit, alice: User) -> None:
    page = visit("/keys/new", user=alice, java_script_enabled=False)
    page.get_by_label("Name", exact=True).fill("ci")
    page.locator("input[value='coder:workspaces.operate']").check()
    page.get_by_role("button", name="Show what it can do").click()
    assert page.locator("input[value='workspace:read']").is_checked()
    page.get_by_role("button", name="Make the key").click()
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("link", name="Revoke…").click()
    page.get_by_role("button", name="Revoke it").click()
    assert page.get_by_text("The key ci is revoked.").is_visible()


def test_many_keys_are_revoked_without_javascript(visit: Visit, owner: User, alice: User) -> None:
    for name in ("a", "b"):
        make_key(alice, login_type="token", name=name)
    page = visit("/admin/keys", user=owner, java_script_enabled=False)
    page.get_by_label("Choose a of alice").check()
    page.get_by_label("Choose b of alice").check()
    page.get_by_role("button", name="Revoke…").click()
    page.get_by_role("button", name="Revoke").click()
    assert page.get_by_text("2 keys revoked.").is_visible()
    assert not Key.objects.tokens().exists()


def test_the_picker_works_by_keyboard_alone(visit: Visit, alice: User) -> None:
    page = visit("/keys/new", user=alice)
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("ci")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "workspace:read":
            break
    page.keyboard.press("Space")
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page) == "Make the key":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_label("Key", exact=True)).to_be_visible()


def test_a_scope_is_found_by_its_endpoint_and_what_is_ticked_stays(
    visit: Visit, alice: User
) -> None:
    page = visit("/keys/new?scopes=task:read", user=alice)
    page.get_by_label("Find a scope").fill("GET /users/me/keys")
    page.get_by_label("Find a scope").fill("post /organizations")
    expect(page.locator("[data-scope='workspace:read']")).to_be_hidden()
    expect(page.locator("[data-scope='task:read']")).to_be_visible()
    page.get_by_label("Find a scope").fill("ssh")
    expect(page.locator("[data-scope='workspace:ssh']")).to_be_visible()


def test_the_secret_is_copied_and_the_button_says_so(visit: Visit, alice: User) -> None:
    page = visit("/cli-auth", user=alice)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Make a session key").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    secret = page.get_by_label("Session key").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == secret


def test_a_registered_object_is_found_and_confines_the_key(visit: Visit, alice: User) -> None:
    row = store(owner=alice)
    entry = f"workspace:{row.object_id}"
    page = visit("/keys/new?scopes=workspace:read&name=ci", user=alice)
    page.get_by_label("Find a registered object").fill("alice")
    page.get_by_label("Find a registered object").press("Tab")
    page.get_by_label(entry).check()
    expect(page.get_by_text(f"Only with {entry}.")).to_be_visible()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_label("Key", exact=True)).to_be_visible()
    assert Key.objects.tokens().get().allow_list == [entry]


def test_enter_makes_no_key_before_its_button_is_pressed(visit: Visit, alice: User) -> None:
    page = visit("/keys/new?scopes=workspace:read&name=ci", user=alice)
    page.get_by_label("Find a registered object").fill("alice")
    page.get_by_label("Find a registered object").press("Enter")
    expect(page.get_by_text("You may read no registered object that fits.")).to_be_visible()
    assert not Key.objects.tokens().exists()
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_label("Key", exact=True)).to_be_visible()


def test_moments_are_told_in_the_time_zone_of_the_browser(visit: Visit, alice: User) -> None:
    key = make_key(alice, login_type="token").partition("-")[0]
    ends_at = datetime(2027, 1, 1, 20, 30, tzinfo=UTC)
    Key.objects.filter(pk=key).update(expires_at=ends_at)
    here = visit(f"/keys/{key}", user=alice, timezone_id="Asia/Tokyo")
    moment = here.locator("time[data-moment]")
    expect(moment).to_have_text(re.compile(r"2 Jan 2027.* 05:30:00 GMT\+9"))
    assert moment.get_attribute("title") == "1 Jan 2027, 20:30:00 UTC"
    plain = visit(f"/keys/{key}", user=alice, java_script_enabled=False)
    assert plain.locator("time[data-moment]").inner_text() == "1 Jan 2027, 20:30:00 UTC"
