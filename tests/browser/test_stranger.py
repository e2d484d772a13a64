"""Somebody new: from an empty folder to a key that is made, used, seen and revoked."""

import re
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from scopes.models import Key
from tests.browser.reading import Visit, focused
from tests.people import PASSWORD, make_key
from tests.processes import Installation

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


# The jobs of everyday life, with what one clicks and fills in, from the page one lands on.
def test_a_key_that_may_only_read_takes_three_clicks_and_one_field(
    visit: Visit, alice: User
) -> None:
    page = visit("/keys", user=alice)
    page.get_by_role("link", name="New key").click()  # 1
    page.get_by_label("Name", exact=True).fill("ci")
    page.locator("input[value='workspace:read']").check()  # 2
    page.get_by_role("button", name="Make the key").click()  # 3
    expect(page.get_by_label("Key", exact=True)).to_have_value(re.compile(r"^\w{10}-\w{22}$"))


def test_all_keys_of_a_person_are_revoked_in_four_clicks(
    visit: Visit, owner: User, alice: User
) -> None:
    make_key(alice, login_type="token")
    page = visit("/keys", user=owner)
    page.get_by_role("link", name="People", exact=True).click()  # 1
    page.get_by_role("link", name="alice", exact=True).click()  # 2
    page.get_by_role("link", name="Revoke all…").click()  # 3
    page.get_by_role("button", name="Revoke all").click()  # 4
    expect(page.get_by_text("1 key and 0 sessions of alice ended.")).to_be_visible()


def test_keys_that_need_attention_are_one_click_from_the_overview(
    visit: Visit, owner: User
) -> None:
    page = visit("/admin/", user=owner)
    page.get_by_role("link", name="keys unused for 90 days").click()  # 1
    expect(page.get_by_text("Not used for: 90 days")).to_be_visible()


def test_ones_own_sessions_are_ended_in_two_clicks(visit: Visit, alice: User) -> None:
    make_key(alice)
    page = visit("/keys", user=alice)
    page.get_by_role("link", name=re.compile("^End:")).click()  # 1
    page.get_by_role("button", name="End it").click()  # 2
    expect(page.get_by_text("The session has ended.")).to_be_visible()


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
