"""Which modules may import which: the contracts of pyproject.toml, which cover every module."""

from collections.abc import Iterator

import pytest

from tests.invariants.contracts import linter
from tests.places import PACKAGES, ROOT
from tests.programs import run_python

FRAMEWORKS = ("django", "rest_framework", "psycopg", "redis")


def layered() -> Iterator[str]:
    """Yield every module that a contract gives a place above and below others."""
    for contract in linter()["contracts"]:
        for container in contract.get("containers", []):
            for layer in contract["layers"]:
                for name in layer.replace("|", ":").split(":"):
                    yield f"{container}.{name.strip(' ()')}"


def modules(folder: str) -> Iterator[str]:
    for file in (ROOT / folder).rglob("*.py"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_import_contracts_are_kept() -> None:
    lint = run_python(
        "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"
    )

    assert lint.returncode == 0, lint.stdout
    assert "0 broken" in lint.stdout


def test_every_package_of_the_service_is_held_to_the_contracts() -> None:
    found = {file.parent.name for file in ROOT.glob("*/apps.py")}

    assert found == set(linter()["root_packages"]) == set(PACKAGES)


def test_every_module_has_a_place_in_a_contract() -> None:
    placed = set(layered())
    homeless = [
        module
        for package in PACKAGES
        for module in modules(package)
        if module != package
        and not any(module == place or module.startswith(f"{place}.") for place in placed)
    ]

    assert homeless == []
    assert "accounts.people" in placed
    assert "accounts.nowhere" not in placed


# Data and arithmetic: a script can load them without settings and without a database.
@pytest.mark.parametrize("module", sorted({*modules("scopes/engine"), "coderauth.errors"}))
def test_module_loads_alone(module: str) -> None:
    loaded = run_python(
        "-c",
        f"import sys, {module}; "
        f"print(sorted(name for name in {FRAMEWORKS} if name in sys.modules))",
    )

    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.strip() == "[]"


def test_that_test_would_notice_django() -> None:
    assert "django" in run_python("-c", "import sys, scopes.models; print('django')").stderr
