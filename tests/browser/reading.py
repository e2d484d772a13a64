"""What a person, or a screen reader, finds on a page."""

from typing import Any, Protocol

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from accounts.models import User


class Visit(Protocol):
    def __call__(self, path: str, *, user: User | None = None, **options: Any) -> Page: ...


# The rules whose outcome the visitor's look can change.
OF_COLOUR = ["color-contrast", "link-in-text-block"]
# Without its preloading, which writes style elements that the pages' policy refuses.
OPTIONS = {"resultTypes": ["violations"], "preload": False}


def violations(page: Page) -> list[str]:
    """Return what axe finds against WCAG 2.2 A and AA and its best practices, in either look."""
    page.emulate_media(color_scheme="light")
    found = Axe().run(page, options=OPTIONS).response["violations"]
    page.emulate_media(color_scheme="dark")
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    found += page.evaluate("options => axe.run(options)", {**OPTIONS, "runOnly": OF_COLOUR})[
        "violations"
    ]
    return [f"{rule['id']}: {' '.join(node['target'])}" for rule in found for node in rule["nodes"]]


def scrolls_sideways(page: Page) -> bool:
    wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return bool(page.evaluate(wider))


def focused(page: Page) -> str:
    """Return the label of what has the keyboard's focus."""
    name = (
        "(e => (e.labels && e.labels.length ? e.labels[0] : e).innerText.trim())"
        "(document.activeElement)"
    )
    return str(page.evaluate(name))
