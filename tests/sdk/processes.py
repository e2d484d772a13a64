"""Run programs with the Python of the tests."""

import subprocess
import sys
from pathlib import Path

from tests.places import ROOT

PYTHON = ROOT / "sdk" / "python"


def run_python(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False
    )
