"""Who may import whom: the floors that CONTRIBUTING.md draws."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE = (
    "scopes.engine.policy",
    "scopes.engine.roles",
    "scopes.engine.catalog",
    "scopes.engine.decision",
    "scopes.engine.explain",
    "scopes.engine.allow_list",
    "coderauth.errors",
)
FRAMEWORKS = ("django", "rest_framework", "psycopg", "redis")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_import_contracts_are_kept() -> None:
    lint = run("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")

    assert lint.returncode == 0, lint.stdout
    assert "0 broken" in lint.stdout


# They are data and arithmetic: a script can load them without settings and without a database.
@pytest.mark.parametrize("module", PURE)
def test_module_loads_alone(module: str) -> None:
    loaded = run(
        "-c",
        f"import sys, {module}; "
        f"print(sorted(name for name in {FRAMEWORKS} if name in sys.modules))",
    )

    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.strip() == "[]"


def test_that_test_would_notice_django() -> None:
    assert "django" in run("-c", "import sys, scopes.models; print('django')").stderr
