"""Every route is Coder's, as the protocol has it, or is listed as a difference."""

import re
from pathlib import Path

import pytest

from coderauth.http.openapi_document import document
from tests.places import ROOT

DOCS = ROOT / "docs"
# Written in the protocol as `…/{suspend,activate}`.
SHORTENED = {
    "/users/{}/status/activate",
    "/organizations/{}/members/roles/{}",
}


def shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def routes_of(*pages: Path) -> set[str]:
    return {
        shape(path)
        for page in pages
        for path in re.findall(r"/[a-z0-9{][\w{}/\-.]*", page.read_text(encoding="utf-8"))
    }


PROTOCOL = routes_of(*(DOCS / "protocol").glob("*.md"))
DIFFERENCES = routes_of(DOCS / "compatibility.md")


@pytest.mark.parametrize("path", sorted(document()["paths"]))
def test_a_route_is_in_the_protocol_or_among_the_differences(path: str) -> None:
    route = shape(path.removeprefix("/api/v2") or "/api/v2")
    assert route in PROTOCOL | DIFFERENCES | SHORTENED


def test_the_list_of_shortened_routes_holds_no_other() -> None:
    served = {shape(path.removeprefix("/api/v2")) for path in document()["paths"]}
    assert served >= SHORTENED
    assert not SHORTENED & (PROTOCOL | DIFFERENCES)
