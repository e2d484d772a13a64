"""`manage.py generate_scopes`: writes what the catalogue says, or tells what drifted."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from scopes.engine import constants as generation
from scopes.engine.catalog import PUBLIC, expand
from scopes.engine.constants import generated_files, scopes_page, words
from scopes.engine.policy import RESOURCES


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Path:
    """A project of its own, so that nothing of this one is written."""
    settings.BASE_DIR = tmp_path
    return tmp_path


def generate(**options: bool) -> str:
    out = StringIO()
    call_command("generate_scopes", stdout=out, **options)
    return out.getvalue()


def contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_committed_files_are_the_generated_ones() -> None:
    generate(check=True)


def test_files_are_written_where_the_command_says(elsewhere: Path) -> None:
    said = generate()

    assert contents(elsewhere) == generated_files()
    assert said.splitlines() == [f"{path}: written" for path in generated_files()]


def test_files_are_the_same_each_time() -> None:
    assert generated_files() == generated_files()


def test_second_run_changes_nothing(elsewhere: Path) -> None:
    generate()

    assert {file["state"] for file in json.loads(generate(json=True))["files"]} == {"unchanged"}


@pytest.mark.parametrize("path", generated_files())
def test_check_names_the_drifted_file_and_what_mends_it(elsewhere: Path, path: str) -> None:
    generate()
    generate(check=True)
    file = elsewhere / path
    file.write_text(file.read_text(encoding="utf-8") + "by hand", encoding="utf-8")
    before = contents(elsewhere)

    with pytest.raises(CommandError) as refusal:
        generate(check=True)

    assert str(refusal.value) == (
        f"{path} differs from its source; run: python manage.py generate_scopes"
    )
    assert refusal.value.returncode == 1
    assert contents(elsewhere) == before
    generate()
    generate(check=True)


def test_check_finds_a_missing_file_and_writes_nothing(elsewhere: Path) -> None:
    with pytest.raises(CommandError, match=r"scopes\.md"):
        generate(check=True)

    assert contents(elsewhere) == {}


def test_new_scope_reaches_every_file(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate()
    monkeypatch.setattr(generation, "PUBLIC", (*PUBLIC, "workspace:share"))

    with pytest.raises(CommandError) as refusal:
        generate(check=True)

    assert [path for path in generated_files() if path not in str(refusal.value)] == []


@pytest.mark.parametrize("content", generated_files().values(), ids=list(generated_files()))
def test_every_file_says_where_it_comes_from(content: str) -> None:
    assert "python manage.py generate_scopes" in content.splitlines()[0]
    assert "do not edit" in content.splitlines()[0].lower()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("workspace:read", ["workspace", "read"]),
        ("workspace:*", ["workspace", "all"]),
        ("user:read_personal", ["user", "read", "personal"]),
        ("coder:workspaces.operate", ["coder", "workspaces", "operate"]),
        ("with-a-hyphen", ["with", "a", "hyphen"]),
    ],
)
def test_names_of_constants_come_from_the_words_of_a_scope(scope: str, expected: list[str]) -> None:
    assert words(scope) == expected


def test_no_two_scopes_share_a_constant() -> None:
    assert len({tuple(words(scope)) for scope in PUBLIC}) == len(PUBLIC)


def test_page_lists_every_scope_and_every_resource_with_its_actions() -> None:
    page = scopes_page()

    for scope in PUBLIC:
        assert f"| `{scope}` |" in page
    for permission in expand("coder:templates.build").permissions:
        assert f"`{permission.resource}:{permission.action}`" in page
    for resource, actions in RESOURCES.items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{resource}` |"))
        assert [action for action in actions if f"`{action}`" not in row] == []
