"""What the documentation names is there."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

DOCS = Path(__file__).parent.parent / "docs"
README = DOCS.parent / "README.md"
# `CODERAUTH_OIDC_1_…` is the variable of a numbered provider, `…_FILE` names a file instead.
VARIABLE = re.compile(r"CODERAUTH_[A-Z0-9_]*[A-Z0-9]")
COMMAND = re.compile(r"manage\.py (\w+)")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PAGES = sorted([README, *DOCS.glob("*.md")])


def listed() -> set[str]:
    table = (DOCS / "settings.md").read_text()
    return set(re.findall(r"^\| `(CODERAUTH_\w+)`", table, flags=re.MULTILINE))


def plain(variable: str) -> str:
    return re.sub(r"_OIDC_[0-9]+_", "_OIDC_", variable).removesuffix("_FILE")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_variable_of_a_page_exists(page: Path) -> None:
    named = {plain(variable) for variable in VARIABLE.findall(page.read_text())}
    assert named - listed() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_of_a_page_exists(page: Path) -> None:
    assert set(COMMAND.findall(page.read_text())) - set(get_commands()) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [
        link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()
    ] == []


def test_each_variable_of_a_provider_is_explained() -> None:
    explained = {plain(variable) for variable in VARIABLE.findall((DOCS / "sso.md").read_text())}
    prefixes = ("CODERAUTH_OIDC_", "CODERAUTH_OAUTH2_", "CODERAUTH_DANGEROUS_OIDC_")
    assert {name for name in listed() if name.startswith(prefixes)} - explained == set()
