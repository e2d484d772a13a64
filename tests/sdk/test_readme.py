"""README's programs, executed word for word."""

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import pytest

from tests.places import ROOT
from tests.processes import Installation

PYTHON = ROOT / "sdk" / "python"
DEFAULT = "http://127.0.0.1:3000"


@pytest.fixture
def served(migrated: Installation) -> Iterator[Installation]:
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        yield migrated


def test_readme_does_what_it_says(served: Installation) -> None:
    text = (PYTHON / "README.md").read_text()
    namespace: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        said = [line[2:] for line in block.splitlines() if line.startswith("# ")]
        program = block.replace(DEFAULT, f"http://127.0.0.1:{served.port}")
        with redirect_stdout(StringIO()) as printed:
            exec(compile(program, "README.md", "exec"), namespace)
        assert printed.getvalue().splitlines() == said
