"""Programs of npm that tests run, in pinned versions."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs import run_program

CACHE = Path(__file__).resolve().parent.parent / ".pytest_cache"
INSTALL_TIMEOUT = 300


def installed(source: Path) -> Path:
    """Return where the packages of a folder's lock file are; who comes first installs."""
    if shutil.which("npm") is None:
        missing("npm is not installed")
    lock = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
    folder = CACHE / f"{source.name}-{lock[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, folder)
            done = subprocess.run(
                ["npm", "ci", "--no-audit", "--no-fund"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=INSTALL_TIMEOUT,
            )
            if done.returncode:
                missing(f"npm could not install {source.name}: {done.stderr}")
            (folder / "complete").touch()
    return folder


def compiled(source: Path) -> Path:
    """Return where the compiled package of a folder is; who comes first compiles."""
    modules = installed(source) / "node_modules"
    files = sorted(file for file in source.rglob("*") if _is_source(file))
    parts = [(str(file.relative_to(source)), file.read_bytes()) for file in files]
    version = hashlib.sha256(repr(parts).encode()).hexdigest()
    folder = CACHE / f"{source.name}-compiled-{version[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for name, content in parts:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            if not (folder / "node_modules").exists():
                (folder / "node_modules").symlink_to(modules)
            done = run_program("node", modules / "typescript" / "bin" / "tsc", cwd=folder)
            assert done.returncode == 0, done.stdout
            (folder / "complete").touch()
    return folder


def _is_source(file: Path) -> bool:
    return file.is_file() and not {"node_modules", "dist"} & set(file.parts)


def missing(reason: str) -> None:
    """Skip what cannot run here; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
