"""The client in Go: what its own tests say, with a real server, and that its code is in order."""

import re
import shutil
from pathlib import Path

import pytest

from tests.npm import missing
from tests.places import ROOT
from tests.programs import run_program
from tests.sdk.clients import Service

pytestmark = pytest.mark.long

GO = ROOT / "sdk" / "go"
# Without the network: the module needs nothing but the standard library.
OFFLINE = {"GOFLAGS": "-mod=mod -buildvcs=false", "GOPROXY": "off"}


@pytest.fixture
def go() -> str:
    found = shutil.which("go")
    if found is None:
        missing("go is not installed")
    return str(found)


def test_its_tests_pass_on_the_real_server(go: str, service: Service) -> None:
    server = {"CODERAUTH_TEST_URL": service.url, "CODERAUTH_TEST_TOKEN": service.owner_token}
    done = run_program(go, "test", "-count=1", "-v", "./...", cwd=GO, **OFFLINE, **server)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert "--- SKIP" not in done.stdout
    assert done.stdout.count("--- PASS: ") == len(_tests())


def test_it_is_formatted_and_vetted(go: str) -> None:
    formatted = run_program(str(Path(go).with_name("gofmt")), "-l", GO)
    assert (formatted.stdout, formatted.returncode) == ("", 0), formatted.stderr
    vetted = run_program(go, "vet", "./...", cwd=GO, **OFFLINE)
    assert vetted.returncode == 0, vetted.stderr


def test_it_needs_nothing_but_the_standard_library() -> None:
    assert "require" not in (GO / "go.mod").read_text()
    assert not (GO / "go.sum").exists()


def test_the_program_of_the_readme_runs(go: str, service: Service, tmp_path: Path) -> None:
    (program,) = re.findall(r"^```go\n(package main.*?)^```$", _readme(), re.DOTALL | re.MULTILINE)
    (tmp_path / "main.go").write_text(program)
    (tmp_path / "go.mod").write_text(
        "module example\n\ngo 1.21\n\n"
        "require github.com/coderauth/coderauth/sdk/go v0.0.0\n\n"
        f"replace github.com/coderauth/coderauth/sdk/go => {GO}\n"
    )
    server = {"CODERAUTH_URL": service.url, "CODERAUTH_TOKEN": service.owner_token}
    done = run_program(go, "run", ".", cwd=tmp_path, **{**OFFLINE, **server})
    assert done.returncode == 0, done.stderr
    assert done.stdout == "owner\nread: true, stop: false\n"


def _readme() -> str:
    return (GO / "README.md").read_text()


def _tests() -> list[str]:
    text = "".join(file.read_text() for file in (GO / "coderauth").glob("*_test.go"))
    return re.findall(r"^func (Test\w+)\(", text, re.MULTILINE)
