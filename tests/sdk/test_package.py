"""The packages: what their wheels hold, and that one half of the client is the other one."""

import re
import zipfile
from pathlib import Path

import coderauth_django
import coderauth_sdk
import pytest
from coderauth_sdk import AsyncClient, Client

from tests.places import ROOT
from tests.programs import run_python

pytestmark = pytest.mark.long

PYTHON, DJANGO = ROOT / "sdk" / "python", ROOT / "sdk" / "django"


@pytest.mark.parametrize(
    ("package", "name", "version", "needed"),
    [
        (PYTHON, "coderauth_sdk", coderauth_sdk.__version__, ["httpx2<3,>=2.16"]),
        (
            DJANGO,
            "coderauth_django",
            coderauth_django.__version__,
            ["coderauth-sdk<0.2,>=0.1", "Django>=5.2", "djangorestframework>=3.16"],
        ),
    ],
)
def test_the_wheel_holds_what_users_need(
    tmp_path: Path, package: Path, name: str, version: str, needed: list[str]
) -> None:
    options = [
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "--wheel-dir",
        str(tmp_path / "wheels"),
    ]
    source = tmp_path / "source"
    copy_committed(package, source)

    done = run_python("-m", "pip", "wheel", *options, source)

    assert done.returncode == 0, done.stderr
    [wheel] = (tmp_path / "wheels").glob("*.whl")
    assert wheel.name == f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(f"{name}-{version}.dist-info/METADATA").decode()
    modules = (package / "src").rglob("*.py")
    assert {str(module.relative_to(package / "src")) for module in modules} <= names
    assert f"{name}/py.typed" in names
    assert any(name.endswith("/LICENSE") for name in names)
    assert "License-Expression: Apache-2.0" in metadata
    assert re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE) == needed
    assert f"# {name.replace('_', '-')}" in metadata


def copy_committed(package: Path, target: Path) -> None:
    """Copy the sources, so that building leaves nothing among them."""
    [module] = (file.parent for file in (package / "src").glob("*/__init__.py"))
    for file in [package / "pyproject.toml", package / "README.md", package / "LICENSE"] + [
        file for file in module.rglob("*") if file.is_file()
    ]:
        if "__pycache__" not in file.parts:
            copied = target / file.relative_to(package)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(file.read_bytes())


def test_the_license_is_that_of_the_project() -> None:
    for package in (PYTHON, DJANGO):
        assert (package / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_synchronous_client_is_generated() -> None:
    done = run_python(PYTHON / "generate_sync.py", "--check")
    assert done.returncode == 0, done.stdout


def test_drift_of_the_synchronous_client_is_noticed(tmp_path: Path) -> None:
    copy_committed(PYTHON, tmp_path)
    script = tmp_path / "generate_sync.py"
    script.write_bytes((PYTHON / "generate_sync.py").read_bytes())
    changed = tmp_path / "src" / "coderauth_sdk" / "sync" / "users.py"
    changed.write_text(changed.read_text() + "# by hand\n")

    drifted = run_python(script, "--check")

    assert drifted.returncode == 1
    assert "users.py" in drifted.stdout
    assert run_python(script).returncode == 0
    assert run_python(script, "--check").returncode == 0


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_both_clients_have_the_same_methods() -> None:
    assert public(AsyncClient) ^ public(Client) == {"aclose", "close"}
