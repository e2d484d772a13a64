"""README's programs, executed word for word."""

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Installation, installation
from tests.sdk.processes import PYTHON

DEFAULT = "http://127.0.0.1:3000"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as made, made.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        yield made


def test_readme_does_what_it_says(fresh: Installation) -> None:
    text = (PYTHON / "README.md").read_text()
    namespace: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        said = [line[2:] for line in block.splitlines() if line.startswith("# ")]
        program = block.replace(DEFAULT, f"http://127.0.0.1:{fresh.port}")
        with redirect_stdout(StringIO()) as printed:
            exec(compile(program, "README.md", "exec"), namespace)
        assert printed.getvalue().splitlines() == said
