"""The image that deploy/Dockerfile describes, made by its own steps, starts and stops in order.

There is no daemon here: its steps are carried out one by one in namespaces instead.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.dockerfile import copy_into, stages
from tests.npm import missing
from tests.places import ROOT
from tests.programs import run_program

ROOM = ROOT / "tests" / "deploy" / "room.py"
PYTHON = Path(sys.base_prefix)
BUILD_LIMIT = 200  # seconds; packages may have to be fetched


def in_namespaces(*command: str | Path, limit: float, path: str) -> str:
    """Run a program that may mount and has no network, and return what it prints."""
    apart = ["unshare", "--mount", "--propagation=private", *map(str, command)]
    done = subprocess.run(
        apart,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=limit,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(folder: Path) -> None:
    """Carry out the steps of the build stage, with `folder` as its /opt."""
    first, _ = stages()
    tracked = run_program("git", "ls-files", "-z").stdout.split("\0")
    path = f"{PYTHON / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    for step in first.steps:
        if step.instruction == "COPY":
            copy_into(folder.parent, step, tracked)
        else:
            script = f'mount --bind "$0" /opt && cd {step.workdir} && {step.command}'
            in_namespaces("sh", "-ec", script, folder, limit=BUILD_LIMIT, path=path)


@pytest.fixture
def seen(tmp_path: Path) -> dict[str, Any]:
    """What the image did between its start and its end."""
    if os.geteuid() != 0 or run_program("unshare", "--mount", "--net", "true").returncode:
        missing("namespaces need root, and a machine that allows them")
    opt, data = tmp_path / "opt", tmp_path / "data"
    opt.mkdir()
    data.mkdir(mode=0o700)
    build(opt)
    image = stages()[-1]
    assert image.volumes
    user, group = map(int, image.user.split(":"))
    os.chown(data, user, group)
    room = {
        "opt": str(opt),
        "data": str(data),
        "python": str(PYTHON),
        "volume": image.volumes[0],
        "user": image.user,
        "workdir": image.workdir,
        "variables": {**image.variables, "CODERAUTH_WORKERS": "1"},
        "command": [*image.entrypoint, *image.arguments],
        "health_check": image.health_check,
        "places": ["/", "/opt", "/opt/venv", image.workdir, image.volumes[0]],
    }
    printed = in_namespaces(
        "unshare", "--net", PYTHON / "bin" / "python3", ROOM, json.dumps(room),
        limit=150, path=os.environ["PATH"],
    )  # fmt: skip
    found: dict[str, Any] = json.loads(printed)
    return found


@pytest.mark.long
@pytest.mark.timeout(BUILD_LIMIT + 200)
def test_image_runs_as_nobody_on_a_read_only_root_without_network(seen: dict[str, Any]) -> None:
    assert seen["ready"] == 200, seen["output"]
    assert seen["interfaces"] == ["lo"]
    assert (seen["page"], seen["style"], seen["first owner"]) == (200, 200, 201)
    assert [place for place, could in seen["written"].items() if could] == ["/var/lib/coderauth"]
    assert (seen["health"], seen["health after"]) == (0, 1)
    assert seen["status"] == 0, seen["output"]
    assert seen["seconds to stop"] < 10, "Docker kills after ten seconds"
