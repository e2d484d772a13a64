"""What deploy/ sets is there to be set: one wrong name would stop every start."""

from pathlib import Path

import pytest

from tests.deploy.variables import NAMED, strangers
from tests.places import ROOT

FILES = sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file())


def test_there_are_files_to_look_at() -> None:
    assert len(FILES) > 5


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "deploy")))
def test_each_variable_of_a_file_exists(file: Path) -> None:
    assert strangers(set(NAMED.findall(file.read_text()))) == set()


def test_a_variable_that_does_not_exist_is_noticed() -> None:
    assert strangers({"CODERAUTH_WORKERS", "CODERAUTH_WORKER"}) == {"CODERAUTH_WORKER"}
