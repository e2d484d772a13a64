"""Run the small service, and send it requests."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.places import ROOT
from tests.servers import answers_at, free_port
from tests.waiting import PATIENCE

NONSENSE = "aaaaaaaaaa-bbbbbbbbbbbbbbbbbbbbbb"
ASKED = 'Bearer realm="coder"'


@dataclass
class Small:
    """A running service."""

    url: str
    folder: Path

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def configure(self, **values: Any) -> None:
        """Say what `CODERAUTH` in its settings is from now on."""
        new = self.folder / "new"
        new.write_text(json.dumps(values))
        new.rename(self.folder / "configuration")

    def ask(
        self, path: str, key: str = "", *, method: str = "GET", **headers: str
    ) -> httpx2.Response:
        """Send a request; headers are given as `x_auth_user="…"`."""
        if key:
            headers.setdefault("authorization", f"Bearer {key}")
        sent = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
        return httpx2.request(method, f"{self.url}{path}", headers=sent, timeout=PATIENCE)


@contextmanager
def small_service(folder: Path, settings: str, **variables: str) -> Iterator[Small]:
    """Serve a project with threads in one process, as many do; modules are also in its folder."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--threads", "4", "--bind", f"127.0.0.1:{port}"]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": settings,
        "SERVICE_CONFIGURATION": str(folder / "configuration"),
        "PYTHONPATH": os.pathsep.join(
            [str(folder), str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        ),
        **variables,
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "django.core.wsgi:get_wsgi_application()"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        answers_at(port, process)
        yield Small(f"http://127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def is_called_bad(answer: httpx2.Response) -> bool:
    challenge = answer.headers.get("WWW-Authenticate", "")
    return answer.status_code == 401 and challenge == f'{ASKED}, error="invalid_token"'
