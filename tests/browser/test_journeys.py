"""What people come for, from the first page to the last."""

import warnings
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Passcode, User
from accounts.passwords.hashing import hash_password
from scopes.models import Key
from tests.browser.conftest import NARROW
from tests.browser.reading import Visit, focused, scrolls_sideways, violations
from tests.people import PASSWORD, make_key, make_user

pytestmark = pytest.mark.browser

PASSCODE = "5e4b1c6e-0000-4000-8000-9a1c2b3d4e5f"


@pytest.fixture
def owner(transactional_db: None) -> User:
    return make_user("owner", roles=["owner"])


@pytest.fixture
def alice(transactional_db: None) -> User:
    return make_user("alice")


def test_signing_in_takes_a_keyboard_only(visit: Visit, owner: User) -> None:
    page = visit("/login")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "E-mail address"
    page.keyboard.type(owner.email)
    page.keyboard.press("Tab")
    assert focused(page) == "Password"
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    assert focused(page) == "Sign in"
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    assert page.get_by_text("Signed in as owner").is_visible()


def test_a_wrong_password_is_said_and_the_address_kept(visit: Visit, owner: User) -> None:
    page = visit("/login")
    page.get_by_label("E-mail address").fill(owner.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text() == "Incorrect email or password."
    assert page.get_by_label("E-mail address").input_value() == owner.email
    assert page.get_by_label("Password").input_value() == ""


def test_an_owner_finds_and_revokes_a_key(visit: Visit, owner: User, alice: User) -> None:
    make_key(alice, login_type="token", name="deploy")
    page = visit("/admin/", user=owner)
    page.get_by_role("link", name="Keys", exact=True).first.click()
    page.get_by_role("textbox", name="Search").fill("alice")
    page.keyboard.press("Enter")
    page.get_by_role("row", name="deploy").get_by_role("link").first.click()
    page.get_by_role("button", name="Revoke").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Revoke these keys?")
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("1 key revoked.").wait_for()
    assert not Key.objects.filter(user=alice).exists()


def test_an_owner_suspends_somebody_from_the_list(visit: Visit, owner: User, alice: User) -> None:
    page = visit("/admin/accounts/user/", user=owner)
    page.get_by_role("row", name="alice").get_by_role("checkbox").check()
    page.get_by_role("combobox", name="Action").select_option("suspend")
    page.get_by_role("button", name="Go").click()
    page.get_by_text("1 user suspended.").wait_for()
    assert User.objects.get(pk=alice.pk).status == "suspended"


def test_an_owner_creates_somebody(visit: Visit, owner: User) -> None:
    page = visit("/admin/accounts/user/add/", user=owner)
    page.get_by_label("E-mail address").fill("grace@example.test")
    page.get_by_label("Username").fill("grace")
    page.get_by_label("Password", exact=False).last.fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("grace was created.").wait_for()
    assert User.objects.filter(username="grace").exists()


def test_signing_out_closes_the_session(visit: Visit, owner: User) -> None:
    page = visit("/admin/", user=owner)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    assert not Key.objects.filter(user=owner).exists()
    page.goto("/admin/")
    page.wait_for_url("**/login?next=*")


def test_the_first_owner_sets_up_and_signs_in(visit: Visit, transactional_db: None) -> None:
    page = visit("/")
    page.wait_for_url("**/setup")
    page.get_by_label("E-mail address").fill("ada@example.test")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create owner").click()
    page.get_by_text("The first owner was created.").wait_for()
    assert User.objects.get().is_owner


def test_the_mailed_passcode_sets_a_password_and_stays_here(visit: Visit, alice: User) -> None:
    Passcode.objects.create(
        user=alice,
        hashed_passcode=hash_password(PASSCODE),
        expires_at=timezone.now() + timedelta(minutes=20),
    )
    page = visit("/login")
    told: list[str] = []
    page.on("request", lambda request: told.append(request.all_headers().get("referer", "")))
    page.goto(f"/reset-password/change?otp={PASSCODE}&email={alice.email}")
    page.get_by_label("New password").fill("An0ther-Passw0rd!y")
    page.get_by_role("button", name="Set password").click()
    page.get_by_text("Your password was changed.").wait_for()
    assert len(told) > 2
    assert not any(PASSCODE in referer for referer in told)


def _admin_pages(owner: User) -> list[str]:
    key = Key.objects.filter(user=owner).first()
    assert key is not None
    return [
        "/admin/",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{owner.pk}/change/",
        "/admin/accounts/user/add/",
        "/admin/scopes/key/",
        f"/admin/scopes/key/{key.pk}/change/",
        "/admin/scopes/organization/",
    ]


def _report(page: Page, path: str) -> None:
    """Tell what is Django's own to mend; its templates are not ours."""
    for text in violations(page):
        warnings.warn(f"{path}: {text}", AdminBarrier, stacklevel=2)
    if scrolls_sideways(page):
        warnings.warn(
            f"{path}: scrolls sideways at {NARROW['width']} px", AdminBarrier, stacklevel=2
        )


class AdminBarrier(UserWarning):
    """A barrier in a page of Django's admin."""


@pytest.mark.filterwarnings("default::tests.browser.test_journeys.AdminBarrier")
def test_the_admin_keeps_the_policy_and_its_barriers_are_told(visit: Visit, owner: User) -> None:
    page = visit("/admin/", user=owner, viewport=NARROW)
    for path in _admin_pages(owner):
        page.goto(path)
        assert page.get_by_role("heading", level=1).count() == 1
        _report(page, path)
