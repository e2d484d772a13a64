"""The systemd unit is understood by systemd, and gives the service little."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.deploy.variables import NAMED, strangers
from tests.npm import missing
from tests.places import ROOT
from tests.programs import run_program

UNIT = ROOT / "deploy" / "systemd" / "coderauth.service"
MOST_EXPOSURE = 1.5  # of 10; 1.2 with systemd 252


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a Python that is there: systemd wants the program to exist."""
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze is not installed: apt-get install systemd")
    file = tmp_path / UNIT.name
    program = re.compile(r"^ExecStart=\S+", re.MULTILINE)
    file.write_text(program.sub(f"ExecStart={sys.executable}", UNIT.read_text()))
    return file


def test_systemd_finds_nothing_wrong(unit: Path) -> None:
    verified = run_program("systemd-analyze", "verify", "--man=no", unit)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_setting_that_systemd_does_not_know_is_noticed(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("ProtectHome=", "ProtectHose="))
    assert "ProtectHose" in run_program("systemd-analyze", "verify", "--man=no", unit).stderr


def test_service_is_exposed_to_little(unit: Path) -> None:
    judged = run_program("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", judged.stdout)
    assert level, judged.stdout + judged.stderr
    assert float(level[1]) <= MOST_EXPOSURE, judged.stdout


def test_each_secret_is_a_credential_that_a_variable_names() -> None:
    text = UNIT.read_text()
    loaded = set(re.findall(r"^LoadCredential=(\w+):/etc/coderauth/\1$", text, re.MULTILINE))
    named = re.findall(r"^Environment=CODERAUTH_(\w+)_FILE=%d/(\w+)$", text, re.MULTILINE)
    assert loaded == {file for _, file in named}
    assert {variable.lower() for variable, _ in named} == loaded
    assert {"secret_key", "encryption_key", "database_url"} <= loaded
    assert strangers(set(NAMED.findall(text))) == set()
