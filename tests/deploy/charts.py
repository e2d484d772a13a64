"""Render the Helm chart as a cluster would be told it."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.npm import CACHE, missing
from tests.places import ROOT
from tests.programs import run_program

CHART = ROOT / "deploy" / "helm" / "coderauth"
VERSION = "v3.22.0"
BUILD_LIMIT = 900  # seconds; helm is large, and two cores take four minutes
ADDRESS = "https://auth.example.org"


def helm() -> Path:
    """Return where helm is; who comes first builds it, from the proxy of Go modules."""
    folder = CACHE / f"helm-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not (folder / "helm").exists():
            _build(folder)
    return folder / "helm"


def _build(folder: Path) -> None:
    go = shutil.which("go")
    if go is None:
        missing("helm cannot be built: go is not installed")
    done = subprocess.run(
        [str(go), "install", f"helm.sh/helm/v3/cmd/helm@{VERSION}"],
        env={**os.environ, "GOBIN": str(folder), "GOFLAGS": "-trimpath", "CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_LIMIT,
    )
    if done.returncode:
        missing(f"helm could not be built: {done.stderr}")


def template(*values: str) -> subprocess.CompletedProcess[str]:
    """Render the chart with `name=value` settings; however it ends."""
    given = [part for value in values for part in ("--set", value)]
    release = ["template", "coderauth", str(CHART), "--namespace", "auth"]
    # Built from source, helm takes the cluster for an old one.
    return run_program(helm(), *release, "--kube-version", "1.31.0", *given)


def manifests(*values: str) -> list[dict[str, Any]]:
    """Return what the chart makes with an address and these settings."""
    done = template(f"accessUrl={ADDRESS}", *values)
    assert done.returncode == 0, done.stderr
    return [found for found in yaml.safe_load_all(done.stdout) if found]


def pods(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the specification of each kind of pod, by its component."""
    made = [one for one in found if one["kind"] in {"Deployment", "Job"}]
    return {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one["spec"]["template"]["spec"]
        for one in made
    }
