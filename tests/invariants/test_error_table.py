"""The table of refusals is complete: no code is missing from it, and none stands there unused."""

import ast
import string
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from coderauth import errors
from coderauth.errors import DomainError
from coderauth.refusals import ERRORS, TABLES
from tests.places import ROOT

ROOMS = ("coderauth", "accounts", "scopes", "audit")
# What passes a code on, and where they take it.
TAKES_A_CODE = {"require_strong": 1, "failed_as": 0, "Gate": 0}
KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, DomainError) and name != "RateLimited"
}


@lru_cache(maxsize=1)
def sources() -> Sequence[tuple[Path, ast.Module]]:
    files = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return [(path, ast.parse(path.read_text())) for path in files]


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def strings(node: ast.AST, tree: ast.Module) -> set[str]:
    """Return the texts an argument can be: a literal, a choice, or a variable set to either."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return strings(node.body, tree) | strings(node.orelse, tree)
    if isinstance(node, ast.Name):
        found: set[str] = set()
        for assigned in ast.walk(tree):
            if isinstance(assigned, ast.Assign | ast.AnnAssign) and assigned.value is not None:
                targets = getattr(assigned, "targets", None) or [assigned.target]  # type: ignore[union-attr]
                if any(isinstance(one, ast.Name) and one.id == node.id for one in targets):
                    found |= strings(assigned.value, tree)
        return found
    return set()


def codes(tree: ast.Module) -> Iterator[tuple[str, int, frozenset[str]]]:
    """Yield each code that is raised, its line, and the parameters that are given with it."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = name_of(call)
        position = 0 if name in KINDS else TAKES_A_CODE.get(name, -1)
        if position < 0:
            continue
        given = {keyword.arg or "**": keyword.value for keyword in call.keywords}
        taken = [given["code"]] if "code" in given else call.args[position : position + 1]
        for one in taken:
            for code in strings(one, tree):
                yield code, call.lineno, frozenset(given)


def defaults(tree: ast.Module) -> Iterator[str]:
    """Yield the codes that functions of TAKES_A_CODE use when they are given none."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name in TAKES_A_CODE:
            for default in (*function.args.defaults, *function.args.kw_defaults):
                if default is not None:
                    yield from strings(default, tree)


@lru_cache(maxsize=1)
def used() -> set[str]:
    found = {"rate_limited"}  # RateLimited has no other.
    for _, tree in sources():
        found |= {code for code, _, _ in codes(tree)} | set(defaults(tree))
    return found


def test_every_code_that_is_raised_is_in_the_table() -> None:
    missing = [
        f"{path.relative_to(ROOT)}:{line} {code}"
        for path, tree in sources()
        for code, line, _ in codes(tree)
        if code not in ERRORS
    ]

    assert missing == []
    assert len(used()) > 30


def test_no_code_stands_in_two_tables() -> None:
    assert len(ERRORS) == sum(map(len, TABLES))


def test_every_code_of_the_table_is_raised_somewhere() -> None:
    assert set(ERRORS) - used() == set()


def parameters(code: str) -> set[str]:
    spec = ERRORS[code]
    return {
        field
        for text in (spec.message, spec.detail)
        for _, field, _, _ in string.Formatter().parse(text)
        if field
    }


# A parameter that is forgotten where the code is raised would be a KeyError: a 500.
def test_every_code_is_raised_with_the_parameters_of_its_text() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {code} lacks {sorted(parameters(code) - given)}"
        for path, tree in sources()
        for code, line, given in codes(tree)
        if code in ERRORS and "**" not in given and not parameters(code) <= given
    ]

    assert wrong == []


@pytest.mark.parametrize("code", ERRORS)
def test_entry_of_the_table_is_a_refusal_that_can_be_made(code: str) -> None:
    spec = ERRORS[code]
    given: dict[str, Any] = dict.fromkeys(parameters(code), "{x}")

    error = DomainError(code, **given)

    assert 400 <= spec.status < 600
    assert error.message
    assert (error.status, "{" in spec.message) == (spec.status, "{x}" in error.message)


def test_unknown_code_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        DomainError("nonsense")
