"""The import contracts of pyproject.toml."""

import tomllib
from typing import Any

from tests.places import ROOT


def linter() -> dict[str, Any]:
    configuration: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: dict[str, Any] = configuration["tool"]["importlinter"]
    return found
