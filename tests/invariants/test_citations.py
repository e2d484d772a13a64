"""Every document, section, checklist line and decision that is cited is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.places import ROOT

PROTOCOL: Final = ROOT / "docs" / "protocol"
FOLDERS: Final = (
    "accounts", "audit", "bench", "coderauth", "deploy", "docs", "scopes", "sdk", "static",
    "templates", "tests",
)  # fmt: skip
KINDS: Final = frozenset({".css", ".html", ".js", ".md", ".py", ".toml", ".txt", ".yaml", ".yml"})
INSTALLED: Final = frozenset({"node_modules", "vendor", "build"})

ITEM: Final = r"(?:[TH]\d+|[A-Z](?:\.\d+)?|\d+(?:\.\d+)*)\b"
SAID: Final = re.compile(
    rf"(?<![\w/-])(accounts|authorization)\.md((?:(?:,| and| to)?\s+{ITEM})*)", re.IGNORECASE
)
DECISIONS: Final = re.compile(r"\bdecisions?((?:(?:,| and| to)?\s+D\d+\b)+)", re.IGNORECASE)
BARE: Final = re.compile(r"(?<![\w.\"'`<#:/-])[DHT]\d{1,3}\b(?![\w\"'-])")
# Papers that only its writers had.
PRIVATE: Final = re.compile(r"\bdesign (?:D\d|§)|\bstyle/\w|\bspec/\w|\brbac\.json\b")
NAMED: Final = re.compile(r"[\w./-]*\w\.md\b")
LINK: Final = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
PLACE: Final = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]+)`")
LABELLED: Final = re.compile(r"\[[^]]*\]\([^)]*\)")
COMMENT_MARK: Final = re.compile(r"^[ \t]*#[ \t]?", re.MULTILINE)


def headings(text: str) -> Iterator[str]:
    yield from re.findall(r"^#+ (.+)$", text, re.MULTILINE)


def items_of(name: str) -> frozenset[str]:
    """Return what of a page of the protocol can be cited: sections, checklist lines, rows."""
    text = (PROTOCOL / name).read_text()
    found = {
        match[1]
        for heading in headings(text)
        if (match := re.match(rf"(?:Appendix )?({ITEM})", heading))
    }
    found.update(re.findall(r"(?<=[\s(])T\d{3}(?=\s)", text))
    found.update(re.findall(r"^\| (H\d+) \|", text, re.MULTILINE))
    if settled := text.partition("## Appendix C.")[2]:
        found.update(f"C.{number}" for number in re.findall(r"^(\d+)\. ", settled, re.MULTILINE))
    return frozenset(found)


ITEMS: Final = {name: items_of(f"{name}.md") for name in ("accounts", "authorization")}
DECIDED: Final = frozenset(
    re.findall(r"^\| (D\d+) \|", (ROOT / "docs" / "decisions.md").read_text(), re.MULTILINE)
)


def wrong_citations(text: str, here: Path) -> list[str]:
    """Return the citations of a text that lead nowhere, or are not in the one form."""
    text = COMMENT_MARK.sub("", text)
    wrong = [
        f"{match[1]}.md {item}"
        for match in SAID.finditer(text)
        for item in re.findall(ITEM, match[2])
        if item not in ITEMS[match[1].lower()]
    ]
    wrong += [
        f"decision {number}"
        for match in DECISIONS.finditer(text)
        for number in re.findall(r"D\d+", match[1])
        if number not in DECIDED
    ]
    if here.suffix != ".toml" and here.parent != PROTOCOL and here.name != "decisions.md":
        rest = DECISIONS.sub("", SAID.sub("", text))
        wrong += [match[0] for match in BARE.finditer(rest)]
    wrong += [match[0] for match in PRIVATE.finditer(text)]
    places = (ROOT, here.parent, ROOT / "docs", PROTOCOL)
    wrong += [
        name
        for name in NAMED.findall(LABELLED.sub("", text))
        if not any((place / name).is_file() for place in places)
    ]
    return wrong


def files() -> Iterator[Path]:
    """Return what we have written, of all folders."""
    yield from (path for path in ROOT.iterdir() if path.suffix in KINDS)
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in KINDS and not INSTALLED.intersection(path.parts):
                yield path


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page, as GitHub makes them of its headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in headings(path.read_text())
    }


def test_every_citation_leads_somewhere() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {citation}"
        for path in files()
        if path != Path(__file__) and path.is_file()
        for citation in wrong_citations(path.read_text(), path)
    ]

    assert wrong == []


def test_every_link_of_a_page_leads_somewhere() -> None:
    wrong = []
    for page in (path for path in files() if path.suffix == ".md"):
        for name, anchor in LINK.findall(page.read_text()):
            target = (page.parent / name) if name else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                wrong.append(f"{page.relative_to(ROOT)}: {name}#{anchor}")

    assert wrong == []


def test_every_place_that_a_page_names_is_there() -> None:
    wrong = [
        f"{page.relative_to(ROOT)}: {place}"
        for page in files()
        if page.suffix == ".md" and page.name != "CHANGELOG.md"
        for place in PLACE.findall(page.read_text())
        if not (ROOT / place).exists()
    ]

    assert wrong == []


@pytest.mark.parametrize(
    "good",
    [
        "accounts.md 2.21",
        "accounts.md 2.19, 2.20 and 4, T161 to T177",
        "# accounts.md H10: a reason",
        "accounts.md 2.1, rows 3 to 6",
        "# as (authorization.md\n# 7.5) says",
        "decisions D1 to D3, and decision D14",
        "at 09:30:00 of the 2026-01-05T09:30:00Z",
    ],
)
def test_the_one_form_is_understood(good: str) -> None:
    assert wrong_citations(good, ROOT / "x.py") == []


@pytest.mark.parametrize(
    "bad",
    [
        "accounts.md 2.99",
        "accounts.md 2.19, 2.98",
        "accounts.md T999",
        "authorization.md H1",
        "# (authorization.md\n# 7.99)",
        "decision D99",
        "decisions D1 to D77",
        "(H10)",
        "# T050",
        "design D14",
        "design §2",
        "style/hot-path.md, trap 1",
        "found.md",
    ],
)
def test_another_form_fails(bad: str) -> None:
    assert wrong_citations(bad, ROOT / "x.py") != []
