"""A real Chromium in front of a real server."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from accounts.models import User
from coderauth.http.csrf import SESSION_COOKIE
from tests.browser.program import ARGUMENTS, chromium_program
from tests.browser.reading import Visit
from tests.people import make_key
from tests.waiting import PATIENCE

NARROW = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the system's browser.

    Playwright keeps an event loop in this thread while it runs, and Django would take a query
    in the test for one inside of a coroutine.
    """
    unsafe = "DJANGO_ALLOW_ASYNC_UNSAFE"
    before = os.environ.get(unsafe)
    os.environ[unsafe] = "true"
    expect.set_options(timeout=PATIENCE * 1000)  # Five seconds are few for a busy machine.
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_program(), args=ARGUMENTS)
            yield browser
            browser.close()
    finally:
        os.environ.pop(unsafe)
        if before is not None:
            os.environ[unsafe] = before


@pytest.fixture
def visit(chromium: Browser, live_server: Any) -> Iterator[Visit]:
    """Open pages; afterwards nothing may have been complained about in the console."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(path: str, *, user: User | None = None, **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        opened.append(context)
        if user is not None:
            cookie = {"name": SESSION_COOKIE, "value": make_key(user), "url": live_server.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.on("console", lambda line: _note(complaints, line))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert complaints == []


def _note(complaints: list[str], line: ConsoleMessage) -> None:
    if line.type not in {"error", "warning"}:
        return
    # That a page itself was refused is no complaint; that a part of it is missing, is one.
    refused = "the server responded with a status of 4" in line.text
    if not refused or "/static/" in line.location["url"]:
        complaints.append(line.text)
