"""Two linters that others have written find nothing in the OpenAPI document."""

import subprocess

import pytest

from tests.npm import installed
from tests.places import ROOT

pytestmark = pytest.mark.long

SOURCE = ROOT / "tests" / "openapi_lint"
DOCUMENT = ROOT / "docs" / "reference" / "openapi.json"


@pytest.mark.parametrize(
    "command",
    [
        ["spectral", "lint", "--fail-severity=hint", "-r", str(SOURCE / "spectral.yaml")],
        ["redocly", "lint", "--max-problems=100", f"--config={SOURCE / 'redocly.yaml'}"],
    ],
    ids=lambda command: command[0],
)
@pytest.mark.timeout(400)
def test_a_linter_has_nothing_to_say(command: list[str]) -> None:
    program, *arguments = command
    found = installed(SOURCE) / "node_modules" / ".bin" / program
    done = subprocess.run(
        [found, *arguments, str(DOCUMENT)], capture_output=True, text=True, check=False, timeout=90
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "You have" not in told, told  # Redocly's warnings.
