"""What people come for, from the first page to the last."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Passcode, User
from accounts.passwords.hashing import hash_password
from scopes.models import Key
from tests.browser.reading import Visit, focused
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
    page.wait_for_url("**/keys")
    assert page.get_by_text("owner", exact=True).is_visible()


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
    page = visit("/admin/keys", user=owner)
    page.get_by_label("Of", exact=True).fill("alice")
    page.get_by_role("button", name="Apply").click()
    page.get_by_label("Choose deploy of alice").check()
    page.get_by_role("button", name="Revoke…").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Revoke 1 key?"
    assert "never used" in page.get_by_role("main").inner_text()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("1 key revoked.").wait_for()
    assert page.url.endswith("of=alice&scope=&unused=&show=")
    assert not Key.objects.filter(user=alice).exists()


def test_an_owner_suspends_somebody(visit: Visit, owner: User, alice: User) -> None:
    page = visit("/admin/people", user=owner)
    page.get_by_role("link", name="alice", exact=True).click()
    page.get_by_role("link", name="Suspend…").click()
    page.get_by_role("button", name="Suspend").click()
    page.get_by_text("alice is suspended.").wait_for()
    assert page.url.endswith("/admin/people/alice")
    assert User.objects.get(pk=alice.pk).status == "suspended"


def test_an_owner_creates_somebody(visit: Visit, owner: User) -> None:
    page = visit("/admin/people/new", user=owner)
    page.get_by_label("E-mail address").fill("grace@example.test")
    page.get_by_label("Username").fill("grace")
    page.get_by_label("Password", exact=False).last.fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_text("grace was made.").wait_for()
    assert User.objects.filter(username="grace").exists()


def test_signing_out_closes_the_session(visit: Visit, owner: User) -> None:
    page = visit("/admin/", user=owner)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    assert not Key.objects.filter(user=owner).exists()
    page.goto("/admin/")
    page.wait_for_url("**/login?next=/admin/")


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
