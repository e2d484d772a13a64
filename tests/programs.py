"""Run programs to their end, which comes."""

import os
import subprocess
import sys
from pathlib import Path

from tests.places import ROOT

# Seconds; a compiler that loads everything anew takes its time on a busy machine.
PROGRAM_LIMIT = 100


def run_program(
    *command: str | Path, cwd: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a program with more variables in its environment; however it ends."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROGRAM_LIMIT,
    )


def run_python(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the Python of the tests."""
    return run_program(sys.executable, *command)
