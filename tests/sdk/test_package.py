"""The package: what its wheel holds, and that its synchronous half is the other one."""

import re
import zipfile
from pathlib import Path

import coderauth_sdk
from coderauth_sdk import AsyncClient, Client

from tests.places import ROOT
from tests.programs import run_python

PYTHON = ROOT / "sdk" / "python"


def test_the_wheel_holds_what_users_need(tmp_path: Path) -> None:
    options = [
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "--wheel-dir",
        str(tmp_path / "wheels"),
    ]
    source = tmp_path / "python"
    copy_committed(source)

    done = run_python("-m", "pip", "wheel", *options, source)

    assert done.returncode == 0, done.stderr
    [wheel] = (tmp_path / "wheels").glob("*.whl")
    version = coderauth_sdk.__version__
    assert wheel.name == f"coderauth_sdk-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(f"coderauth_sdk-{version}.dist-info/METADATA").decode()
    modules = (PYTHON / "src").rglob("*.py")
    assert {str(module.relative_to(PYTHON / "src")) for module in modules} <= names
    assert "coderauth_sdk/py.typed" in names
    assert any(name.endswith("/LICENSE") for name in names)
    assert "License-Expression: Apache-2.0" in metadata
    assert re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE) == ["httpx2<3,>=2.16"]
    assert "# coderauth-sdk" in metadata


def copy_committed(target: Path) -> None:
    """Copy the sources, so that building leaves nothing among them."""
    for file in [PYTHON / "pyproject.toml", PYTHON / "README.md", PYTHON / "LICENSE"] + [
        file for file in (PYTHON / "src" / "coderauth_sdk").rglob("*") if file.is_file()
    ]:
        if "__pycache__" not in file.parts:
            copied = target / file.relative_to(PYTHON)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(file.read_bytes())


def test_the_license_is_that_of_the_project() -> None:
    assert (PYTHON / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_synchronous_client_is_generated() -> None:
    done = run_python(PYTHON / "generate_sync.py", "--check")
    assert done.returncode == 0, done.stdout


def test_drift_of_the_synchronous_client_is_noticed(tmp_path: Path) -> None:
    copy_committed(tmp_path)
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
