"""README's commands, and what continues its tour, executed word for word in a fresh copy."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.places import ROOT
from tests.programs import run_program
from tests.servers import free_port
from tests.shell_blocks import blocks_of, expected
from tests.waiting import PATIENCE, until

DEFAULT = "127.0.0.1:3000"


def blocks(section: str) -> list[str]:
    """Return the shell blocks of one section of the README."""
    text = (ROOT / "README.md").read_text()
    found = re.search(rf"^## {section}$(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"README has no section {section!r}"
    return blocks_of(found[1])


def address() -> str:
    """Return README's address, or a free one while somebody uses that."""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", 3000)) == 0
    return f"127.0.0.1:{free_port()}" if taken else DEFAULT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what git has, as a newcomer would clone it, with the packages of this one."""
    for name in run_program("git", "ls-files", "-z").stdout.split("\0"):
        if name and (ROOT / name).is_file():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


@pytest.fixture
def served(checkout: Path) -> Iterator[str]:
    """README's start command, running."""
    where = address()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("CODERAUTH_")
    }
    environment |= {"CODERAUTH_HTTP_ADDRESS": where}
    log = (checkout / "log").open("w")
    process = subprocess.Popen(
        blocks("Start")[0], shell=True, cwd=checkout, env=environment, stdout=log, stderr=log,
        start_new_session=True,
    )  # fmt: skip
    try:
        _wait_until_ready(where, process, checkout / "log")
        yield where
    finally:
        with suppress(ProcessLookupError):  # It ended by itself: the test has said why.
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)
        log.close()


def _wait_until_ready(where: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(f"http://{where}/readyz", timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except URLError:
            return False

    until(answers)


def page(name: str) -> list[str]:
    return blocks_of((ROOT / "docs" / name).read_text())


# Each on a fresh installation: README's tour with what continues it, and the tutorial.
@pytest.mark.parametrize(
    "tour", [blocks("Tour") + page("objects.md"), page("tutorial.md")], ids=["tour", "tutorial"]
)
@pytest.mark.long
def test_the_commands_do_what_the_docs_say(served: str, tour: list[str]) -> None:
    script = "\n".join(tour).replace(DEFAULT, served)
    run = run_program("bash", "-euc", script)
    assert run.returncode == 0, run.stderr
    answers = run.stdout.splitlines()
    wanted = [pattern for block in tour for pattern in expected(block)]
    assert len(answers) == len(wanted), run.stdout
    for answer, pattern in zip(answers, wanted, strict=True):
        assert re.fullmatch(pattern, answer), f"{answer}\nis not\n{pattern}"


def test_every_make_target_in_the_docs_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text()
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{page}: make {target}"


def test_every_link_in_the_docs_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
