"""What people come for most, in as many clicks and fields as docs/tour.md tells."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from scopes.models import CustomRole, Group, Organization
from scopes.organizations.selectors import default_organization
from tests.browser.reading import Visit
from tests.people import make_key

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROW = re.compile(r"^\| (?P<job>[^|]+?) \| (?P<clicks>\d+) \| (?P<fields>\d+) \|$", re.MULTILINE)
TOLD = {
    row["job"]: (int(row["clicks"]), int(row["fields"]))
    for row in ROW.finditer(Path("docs/tour.md").read_text())
}


@dataclass
class Hand:
    """What one does on a page, counted: clicks, ticks among them, and fields filled in."""

    page: Page
    clicks: int = 0
    fields: int = 0

    def follow(self, name: str) -> None:
        self.clicks += 1
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def press(self, name: str) -> None:
        self.clicks += 1
        self.page.get_by_role("button", name=name, exact=True).click()

    def tick(self, value: str) -> None:
        self.clicks += 1
        self.page.locator(f"input[value='{value}']").check()

    def fill(self, label: str, text: str) -> None:
        """Fill in a field, or choose from it."""
        self.fields += 1
        field = self.page.get_by_label(label, exact=True)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)

    def sees(self, text: str) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(text)

    def has_taken(self, job: str) -> None:
        assert (self.clicks, self.fields) == TOLD[job]


def test_a_key_that_may_only_read(visit: Visit, alice: User) -> None:
    hand = Hand(visit("/keys", user=alice))
    hand.follow("New key")
    hand.fill("Name", "ci")
    hand.tick("workspace:read")
    hand.press("Make the key")
    expect(hand.page.get_by_label("Key", exact=True)).to_have_value(re.compile(r"^\w{10}-\w{22}$"))
    hand.has_taken("Make a key that may only read workspaces")


def test_all_keys_of_a_person_are_revoked(visit: Visit, owner: User, alice: User) -> None:
    make_key(alice, login_type="token")
    hand = Hand(visit("/keys", user=owner))
    hand.follow("People")
    hand.follow("alice")
    hand.follow("Revoke all…")
    hand.press("Revoke all")
    hand.sees("1 key and 0 sessions of alice ended.")
    hand.has_taken("Revoke all keys of one person")


@pytest.mark.parametrize(
    ("link", "pill", "job"),
    [
        ("keys unused for 90 days", "Not used for: 90 days", "Find keys unused for 90 days"),
        ("keys end within 7 days", "", "Find keys that end soon"),
    ],
)
def test_keys_that_need_attention(
    visit: Visit, owner: User, link: str, pill: str, job: str
) -> None:
    hand = Hand(visit("/keys", user=owner))
    hand.follow("Overview")
    hand.page.get_by_role("link", name=link).click()
    hand.clicks += 1
    hand.sees(pill)
    hand.has_taken(job)


def test_why_a_thing_was_denied(visit: Visit, alice: User) -> None:
    hand = Hand(visit("/keys", user=alice))
    hand.follow("Check access")
    hand.fill("Action", "create")
    hand.fill("Type", "organization")
    hand.press("Check")
    hand.sees("No: you may not organization:create")
    hand.has_taken("Learn why one may not do a thing")


def test_ones_own_session_is_ended(visit: Visit, alice: User) -> None:
    make_key(alice)
    hand = Hand(visit("/keys", user=alice))
    hand.page.get_by_role("link", name=re.compile("^End:")).click()
    hand.clicks += 1
    hand.press("End it")
    hand.sees("The session has ended.")
    hand.has_taken("End one of one's own sessions")


def test_a_password_is_reset(visit: Visit, owner: User, alice: User) -> None:
    hand = Hand(visit("/keys", user=owner))
    hand.follow("People")
    hand.follow("alice")
    hand.press("Send link")
    hand.sees("alice gets a mail with a link to set a new password.")
    hand.has_taken("Reset somebody's password")


def test_a_role_is_given(visit: Visit, owner: User, alice: User) -> None:
    hand = Hand(visit("/keys", user=owner))
    hand.follow("People")
    hand.follow("alice")
    hand.tick("auditor")
    hand.press("Save roles")
    hand.sees("The site roles of alice are saved.")
    alice.refresh_from_db()
    assert alice.site_roles == ["auditor"]
    hand.has_taken("Give somebody a role")


def test_an_organization_is_made(visit: Visit, owner: User) -> None:
    hand = Hand(visit("/keys", user=owner))
    hand.follow("Organizations")
    hand.follow("New organization")
    hand.fill("Name", "research")
    hand.press("Make the organization")
    hand.sees("research was made.")
    assert Organization.objects.filter(name="research").exists()
    hand.has_taken("Make an organization")


def test_a_group_is_made(visit: Visit, owner: User) -> None:
    home = default_organization()
    hand = Hand(visit("/keys", user=owner))
    hand.follow("Organizations")
    hand.follow(str(home))
    hand.follow("Groups")
    hand.follow("New group")
    hand.fill("Name", "readers")
    hand.press("Make the group")
    hand.sees("The group readers was made.")
    assert Group.objects.filter(organization=home, name="readers").exists()
    hand.has_taken("Make a group")


def test_a_custom_role_is_made(visit: Visit, owner: User) -> None:
    home = default_organization()
    hand = Hand(visit("/keys", user=owner))
    hand.follow("Organizations")
    hand.follow(str(home))
    hand.follow("Roles")
    hand.follow("New role")
    hand.fill("Name", "reader")
    hand.tick("workspace:read")
    hand.press("Save the role")
    hand.sees("The role reader was made.")
    assert CustomRole.objects.filter(organization=home, name="reader").exists()
    hand.has_taken("Make a custom role that may read workspaces")


def test_what_somebody_did_is_read(visit: Visit, owner: User) -> None:
    hand = Hand(visit("/keys", user=owner))
    hand.follow("Audit")
    hand.fill("Person", "owner")
    hand.press("Apply")
    hand.sees("Person: owner")
    hand.has_taken("Read what somebody did")


def test_every_job_that_the_tour_tells_is_done_here() -> None:
    text = Path(__file__).read_text()
    assert [job for job in TOLD if f'"{job}"' not in text] == []
    assert len(TOLD) == 12
