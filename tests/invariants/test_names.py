"""Names by which a newcomer finds things: one class to a name, a folder that says what it holds."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import PACKAGES, ROOT

# Django looks for these by name.
DEMANDED = frozenset({"Command", "Meta"})
# Names that fit anything, and so say nothing.
EMPTY_NAMES = frozenset(
    {
        "administration", "base", "checks", "common", "core", "generation", "helpers", "inspection",
        "misc", "shared", "tools", "utils", "views", "work",
    }
)  # fmt: skip


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file.relative_to(ROOT)


FOLDERS = sorted({file.parent for file in sources() if file.parent.name != "commands"} | {
    Path("coderauth/commands")
})  # fmt: skip


def test_no_two_classes_have_one_name() -> None:
    homes = defaultdict(list)
    for file in sources():
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(node, ast.ClassDef) and node.name not in DEMANDED:
                homes[node.name].append(str(file))

    assert len(homes) > 100
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {part for file in sources() for part in file.with_suffix("").parts}

    assert "people" in parts
    assert parts & EMPTY_NAMES == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_folder_says_in_a_line_what_it_holds(folder: Path) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text())) or ""

    assert len(docstring.partition("\n")[0].split()) > 3
