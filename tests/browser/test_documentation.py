"""The page that shows the API, in a browser that obeys its policy."""

import pytest
from playwright.sync_api import expect

from tests.browser.reading import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.long
def test_operations_are_shown_and_can_be_tried(visit: Visit) -> None:
    page = visit("/docs/api")
    block = page.locator("#operations-Scope-scope_list")

    block.get_by_role("button", name="get").first.click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()

    expect(block.locator(".live-responses-table")).to_contain_text("workspace:read")
