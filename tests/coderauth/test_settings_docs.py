"""`docs/settings.md` lists every variable that the settings read."""

import re
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from coderauth.env import PREFIX, Environment
from coderauth.management.commands.generate_reference import settings_page
from coderauth.settings import env
from tests.places import ROOT
from tests.programs import run_program

PAGE = ROOT / "docs" / "settings.md"


def test_committed_page_is_the_generated_one() -> None:
    call_command("generate_reference", check=True, stdout=StringIO())


@pytest.mark.parametrize("name", env.known)
def test_every_variable_has_a_meaning(name: str) -> None:
    variable = env.known[name]

    assert variable.name == f"{PREFIX}{name}"
    assert re.fullmatch(r"[A-Z`].*\.", variable.meaning)
    assert "|" not in variable.meaning


def test_every_variable_of_the_settings_is_on_the_page() -> None:
    source = (ROOT / "coderauth" / "settings.py").read_text()
    for call, module in (("read_oidc", "configuration"), ("read_github", "github_configuration")):
        text = (ROOT / "accounts" / "providers" / f"{module}.py").read_text()
        source = source.replace(f"= {call}(env)", text)
    source = source.replace("{prefix}", "OIDC")
    read = re.findall(r'\benv\.(?!wrong|numbered|refuse)\w+\(\s*f?"(\w+)"', source)
    listed = re.findall(rf"^\| `{PREFIX}(\w+)` \|", PAGE.read_text(), re.MULTILINE)

    assert listed == list(dict.fromkeys(read))


def test_page_does_not_depend_on_the_machine(tmp_path: Path) -> None:
    variables = {
        "CODERAUTH_HTTP_ADDRESS": "0.0.0.0:4000",
        "CODERAUTH_ACCESS_URL": "https://auth.example.org",
        "CODERAUTH_DATA_DIR": str(tmp_path),
        "CODERAUTH_EMAIL_SMARTHOST": "smtp.example.org:587",
        "CODERAUTH_WORKERS": "7",
        "CODERAUTH_DEV": "true",
    }
    done = run_program(
        sys.executable, "manage.py", "generate_reference", "--check", cwd=ROOT, **variables
    )

    assert done.returncode == 0, done.stderr


def test_default_is_shown_as_code_and_words_as_they_are() -> None:
    environment = Environment({})
    environment.integer("SIZE", 3, minimum=1, maximum=9, meaning="How large.")
    environment.url("LINK", "http://here", meaning="Where.", shown="the address")
    environment.text("EMPTY", meaning="Nothing.")

    rows = settings_page(environment.known.values()).splitlines()[-3:]

    assert rows == [
        "| `CODERAUTH_SIZE` | `3` | How large. |",
        "| `CODERAUTH_LINK` | the address | Where. |",
        "| `CODERAUTH_EMPTY` |  | Nothing. |",
    ]


def test_drifted_page_is_named_with_what_mends_it(settings: Settings, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    call_command("generate_reference", stdout=StringIO())
    call_command("generate_reference", check=True, stdout=StringIO())
    (tmp_path / "docs" / "settings.md").write_text("by hand")

    with pytest.raises(CommandError) as refusal:
        call_command("generate_reference", check=True, stdout=StringIO())

    assert str(refusal.value) == (
        "docs/settings.md differs from its source; run: python manage.py generate_reference"
    )
    assert (tmp_path / "docs" / "settings.md").read_text() == "by hand"
