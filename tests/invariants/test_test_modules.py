"""What several tests need stands once, in a module that has no tests."""

import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

from tests.places import ROOT

TESTS = sorted((ROOT / "tests").rglob("*.py"))
# Helpers that everybody needs, and nobody may make another of.
SHARED = {"refused", "login", "document", "at_once", "until"}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def has_tests(module: str) -> bool:
    return module.startswith("tests.") and any(
        part.startswith("test_") for part in module.split(".")
    )


def imported(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield all that a module of a package imports: modules, and what comes from them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def definitions(tree: ast.Module) -> Iterator[Definition]:
    """Yield the helpers and fixtures of a module."""
    for node in tree.body:
        if isinstance(node, Definition) and not node.name.startswith("test_"):
            yield node


def repeated(modules: dict[str, ast.Module]) -> dict[str, list[str]]:
    """Return who defines the same under the same name: by name, with the modules."""
    found: dict[tuple[str, str], list[str]] = {}
    for where, tree in modules.items():
        for one in definitions(tree):
            key = "" if one.name in SHARED else ast.dump(one)
            found.setdefault((one.name, key), []).append(where)
    return {name: where for (name, _), where in found.items() if len(where) > 1}


@pytest.fixture(scope="module")
def modules() -> dict[str, ast.Module]:
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in TESTS}


def test_no_module_imports_from_one_that_has_tests(modules: dict[str, ast.Module]) -> None:
    wrong = [
        f"{where} imports {name}"
        for where, tree in modules.items()
        for name in imported(tree, ".".join(Path(where).parent.parts))
        if has_tests(name)
    ]

    assert wrong == []


def test_every_helper_is_defined_once(modules: dict[str, ast.Module]) -> None:
    assert repeated(modules) == {}


@pytest.mark.parametrize(
    "text",
    [
        "from tests.a.test_b import c",
        "import tests.a.test_b",
        "from tests.a import test_b",
        "from .test_b import c",
        "from . import test_b",
    ],
)
def test_an_import_from_tests_would_be_noticed(text: str) -> None:
    assert any(map(has_tests, imported(ast.parse(text), "tests.a")))
    assert not any(map(has_tests, imported(ast.parse(text.replace("test_", "")), "tests.a")))


@pytest.mark.parametrize(
    ("one", "other", "is_noticed"),
    [
        ("def a(): return 1", "def a(): return 1", True),
        ("def a(): return 1", "def a(): return 2", False),
        ("def a(): return 1", "def b(): return 1", False),
        ("def login(): return 1", "async def login(): return 2", True),
        ("def test_a(): assert 1", "def test_a(): assert 1", False),
    ],
)
def test_a_helper_made_twice_would_be_noticed(one: str, other: str, is_noticed: bool) -> None:
    found = repeated({"one": ast.parse(one), "other": ast.parse(other)})

    assert bool(found) is is_noticed
