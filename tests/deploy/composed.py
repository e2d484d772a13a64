"""Read deploy/compose.yaml as Docker Compose does, with the host that the docs name."""

import re
from typing import Any

import yaml

from tests.places import ROOT

DEPLOY = ROOT / "deploy"
HOST = "auth.example.org"
PARAMETER = re.compile(r"\$\{(\w+)(?::(?:-([^}]*)|\?[^}]*))?\}")


def _filled(found: re.Match[str]) -> str:
    """Return what stands for `${NAME}`; only HOST is set."""
    name, otherwise = found.groups()
    if name == "HOST":
        return HOST
    return otherwise or ""


def _fill(node: Any) -> Any:
    """Fill in the texts of what was parsed: an empty one stays a text, and is not null."""
    if isinstance(node, dict):
        return {key: _fill(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value) for value in node]
    return PARAMETER.sub(_filled, node) if isinstance(node, str) else node


def compose() -> dict[str, Any]:
    """Return the file with its parameters filled in."""
    found: dict[str, Any] = _fill(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))
    return found


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found
