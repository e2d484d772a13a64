"""Take the pictures of docs/tour.md, of the demo in a real browser: `make screenshots`."""

import json
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser.program import ARGUMENTS, chromium_program
from tests.places import ROOT
from tests.processes import Installation, installation

PICTURES = ROOT / "docs" / "tour"
WINDOW: ViewportSize = {"width": 1180, "height": 760}
# Pages whose point stands further down.
TALL: ViewportSize = {"width": 1180, "height": 1240}
LONG = {"new-key"}
QUALITY = 62  # of 100: text stays sharp
ASK = "who=person&person=elena-rossi&action=delete&type=user"
# By the name of the picture: what is opened.
PAGES = {
    "keys": "/keys",
    "new-key": "/keys/new?name=nightly-report&scopes=workspace:read,template:read",
    "check": f"/check?{ASK}",
    "overview": "/admin/",
    "people": "/admin/people",
    "all-keys": "/admin/keys",
    "ceilings": "/admin/ceilings",
    "organizations": "/admin/organizations",
    "audit": "/admin/audit",
    "system": "/admin/system",
}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, installation(Path(folder)) as demo:
        demo.run("migrate")
        made = json.loads(demo.run("seed_demo", "--json").stdout)
        with demo.start("serve") as server, sync_playwright() as playwright:
            server.wait_for("is ready at")
            browser = playwright.chromium.launch(executable_path=chromium_program(), args=ARGUMENTS)
            take(browser, demo, made["email"], made["password"])


def take(browser: Browser, demo: Installation, email: str, password: str) -> None:
    address = f"http://127.0.0.1:{demo.port}"
    page = browser.new_page(viewport=WINDOW, base_url=address)
    page.goto("/login")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", password)
    page.click("main button[type=submit]")
    for name, path in PAGES.items():
        page.set_viewport_size(TALL if name in LONG else WINDOW)
        page.goto(path)
        shot(page, name)
    page.goto("/keys")
    page.click("main table a")
    shot(page, "key")


def shot(page: Page, name: str) -> None:
    file = PICTURES / f"{name}.jpg"
    page.screenshot(path=file, type="jpeg", quality=QUALITY)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
