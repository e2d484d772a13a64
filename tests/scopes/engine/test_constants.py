"""The generated constants are accepted by the tools of their languages, and hold the catalogue."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from scopes.engine.catalog import PUBLIC
from tests.npm import installed, missing
from tests.places import ROOT
from tests.programs import run_program

SDK = ROOT / "sdk"


def tool(name: str) -> str:
    """Return where a program is; without it the test is skipped, but never in CI."""
    found = shutil.which(name)
    if found is None:
        missing(f"{name} is not installed")
    assert found is not None
    return found


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a program, return what it prints, and fail with all of it."""
    done = run_program(*command, cwd=cwd, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copied(language: str, tmp_path: Path) -> Path:
    """Return a copy of a client, so that tools leave nothing in the project."""
    return Path(shutil.copytree(SDK / language, tmp_path / language))


def test_python_constants_are_the_catalogue() -> None:
    program = "import json; from coderauth_sdk import Scope; print(json.dumps(list(Scope)))"
    printed = run(sys.executable, "-c", program, cwd=SDK, PYTHONPATH=str(SDK / "python" / "src"))

    assert tuple(json.loads(printed)) == PUBLIC


@pytest.mark.long
def test_python_constants_pass_mypy(tmp_path: Path) -> None:
    user = tmp_path / "user.py"
    user.write_text(
        "from coderauth_sdk import Scope\n"
        "wanted: list[Scope] = [Scope.WORKSPACE_READ, Scope.WORKSPACE_ALL]\n"
        "composite: str = Scope.CODER_WORKSPACES_OPERATE\n"
    )
    options = ["--strict", "--config-file", os.devnull, "--cache-dir", str(tmp_path / "cache")]
    source = SDK / "python" / "src"

    run(
        sys.executable, "-m", "mypy", *options, user, source / "coderauth_sdk",
        cwd=tmp_path, MYPYPATH=str(source),
    )  # fmt: skip


@pytest.fixture
def typescript() -> Path:
    """Return where the pinned compiler is."""
    return installed(SDK / "typescript") / "node_modules"


def compile_typescript(project: Path, modules: Path, *options: str) -> str:
    return run(tool("node"), modules / "typescript" / "bin" / "tsc", *options, cwd=project)


@pytest.mark.long
def test_typescript_constants_compile(tmp_path: Path, typescript: Path) -> None:
    project = copied("typescript", tmp_path)
    (project / "src" / "user.ts").write_text(
        'import { Scope } from "./scopes.js";\n'
        "const wanted: Scope[] = [Scope.WorkspaceRead, Scope.WorkspaceAll];\n"
        'const composite: "coder:workspaces.operate" = Scope.CoderWorkspacesOperate;\n'
        "export { composite, wanted };\n"
    )

    compile_typescript(project, typescript, "--noEmit", "--strict")


@pytest.mark.long
def test_typescript_refuses_a_scope_that_does_not_exist(tmp_path: Path, typescript: Path) -> None:
    project = copied("typescript", tmp_path)
    (project / "src" / "user.ts").write_text(
        'import type { Scope } from "./scopes.js";\nexport const wanted: Scope = "workspace:fly";\n'
    )

    with pytest.raises(AssertionError, match="workspace:fly"):
        compile_typescript(project, typescript, "--noEmit", "--strict")


@pytest.mark.long
def test_typescript_constants_are_the_catalogue(tmp_path: Path, typescript: Path) -> None:
    project = copied("typescript", tmp_path)
    compile_typescript(project, typescript)
    program = (
        'import { Scope } from "./dist/scopes.js";'
        "console.log(JSON.stringify(Object.values(Scope)));"
    )

    printed = run(tool("node"), "--input-type=module", "-e", program, cwd=project)

    assert tuple(json.loads(printed)) == PUBLIC


def test_lockfile_of_typescript_names_no_registry() -> None:
    locked = json.loads((SDK / "typescript" / "package-lock.json").read_text())["packages"]

    assert [name for name, entry in locked.items() if "resolved" in entry] == []
    assert locked["node_modules/typescript"]["integrity"].startswith("sha512-")


GO = {"GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOPROXY": "off"}


@pytest.mark.long
def test_go_constants_are_formatted_and_vetted() -> None:
    assert run(tool("gofmt"), "-l", ".", cwd=SDK / "go") == ""
    run(tool("go"), "vet", "./...", cwd=SDK / "go", **GO)


def test_go_constants_are_the_catalogue(tmp_path: Path) -> None:
    project = copied("go", tmp_path)
    user = project / "user"
    user.mkdir()
    (user / "main.go").write_text(
        "package main\n\n"
        'import (\n\t"os"\n\n\t"github.com/coderauth/coderauth/sdk/go/coderauth"\n)\n\n'
        "var composite coderauth.Scope = coderauth.ScopeCoderWorkspacesOperate\n\n"
        "func main() {\n\tfor _, scope := range coderauth.Scopes {\n"
        '\t\tos.Stdout.WriteString(string(scope) + "\\n")\n\t}\n}\n'
    )

    printed = run(tool("go"), "run", "./user", cwd=project, **GO)

    assert tuple(printed.split()) == PUBLIC
