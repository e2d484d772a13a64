"""The TypeScript client, compiled, against a real server and one that answers as told."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.npm import compiled, installed
from tests.places import ROOT
from tests.processes import Installation
from tests.programs import run_program
from tests.sdk.clients import Service
from tests.sdk.operations import LEFT_OUT, operation, operations
from tests.sdk.scripted import Answer, scripted

pytestmark = pytest.mark.long

SOURCE = ROOT / "sdk" / "typescript"
SCRIPTS = ROOT / "tests" / "sdk" / "typescript"
DEFAULT = "http://127.0.0.1:3000"


@pytest.fixture(scope="session")
def package() -> Path:
    """Return where the compiled package is."""
    return compiled(SOURCE)


@pytest.fixture
def listening(migrated: Installation) -> Iterator[Installation]:
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        yield migrated


def node(package: Path, script: Path, **variables: str) -> str:
    built = str(package / "dist" / "index.js")
    done = run_program("node", script, cwd=ROOT, CODERAUTH_SDK=built, **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_does_what_it_says(package: Path, service: Service) -> None:
    script = SCRIPTS / "real.test.mjs"
    node(package, script, CODERAUTH_URL=service.url, CODERAUTH_TOKEN=service.owner_token)


def test_failures_are_errors_that_hold_no_secret(package: Path) -> None:
    node(package, SCRIPTS / "failures.test.mjs")


def test_every_operation_has_a_method(package: Path) -> None:
    with scripted(Answer(200, {"key": "x", "external": [], "session_token": "x"})) as server:
        node(package, SCRIPTS / "every_method.mjs", CODERAUTH_URL=server.url)
        known = operations()
        used = {operation(sent, known) for sent in server.requests}
    assert known - used == LEFT_OUT


def test_types_are_those_of_the_document(tmp_path: Path) -> None:
    tool = installed(SOURCE) / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    document = ROOT / "docs" / "reference" / "openapi.json"
    options = ["--root-types", "--root-types-no-schema-prefix"]

    done = run_program("node", tool, document, "-o", tmp_path / "schema.ts", *options)

    assert done.returncode == 0, done.stderr
    drifted = (tmp_path / "schema.ts").read_text() != (SOURCE / "src" / "schema.ts").read_text()
    assert not drifted, "run `npm run generate` in sdk/typescript"


def test_the_package_needs_no_other(package: Path) -> None:
    assert "dependencies" not in json.loads((package / "package.json").read_text())
    assert (SOURCE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_readme_does_what_it_says(package: Path, listening: Installation, tmp_path: Path) -> None:
    """Pack the package, install it as the page says, and compile and run its programs."""
    packed = run_program("npm", "pack", "--silent", "--pack-destination", tmp_path, cwd=package)
    assert packed.returncode == 0, packed.stderr
    text = (SOURCE / "README.md").read_text()
    [command] = re.findall(r"^```sh\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)
    command = command.replace("@coderauth/sdk", f"./{packed.stdout.strip()}")
    project = {"name": "reader", "type": "module", "private": True}
    (tmp_path / "package.json").write_text(json.dumps(project))
    installing = run_program(*command.split(), "--offline", "--no-audit", cwd=tmp_path)
    assert installing.returncode == 0, installing.stderr
    program = "\n".join(re.findall(r"^```ts\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    said = [line[3:] for line in program.splitlines() if line.startswith("// ")]
    (tmp_path / "readme.ts").write_text(
        program.replace(DEFAULT, f"http://127.0.0.1:{listening.port}")
    )
    shutil.copy(SOURCE / "tsconfig.json", tmp_path / "base.json")
    options = {"rootDir": ".", "outDir": ".", "declaration": False}
    settings = {
        "include": [],
        "extends": "./base.json",
        "compilerOptions": options,
        "files": ["readme.ts"],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    tsc = package / "node_modules" / "typescript" / "bin" / "tsc"

    checked = run_program("node", tsc, cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    done = run_program("node", "readme.js", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == said
