"""Run coderauth's commands as real processes, on a database of their own."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.places import ROOT
from tests.servers import DIRECT, free_port
from tests.waiting import PATIENCE, until

SQLITE = "coderauth.sqlite3"


@dataclass
class Installation:
    """Settings of one installation that nothing else uses."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.environment |= {
            "CODERAUTH_DATA_DIR": str(self.folder / "data"),
            "CODERAUTH_HTTP_ADDRESS": f"127.0.0.1:{self.port}",
            "CODERAUTH_WORKERS": "1",
        }

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of `manage.py` to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @contextmanager
    def start(self, *command: str) -> Iterator["Running"]:
        """Start a command of `manage.py`, or with a program first, and end it after the block."""
        output = self.folder / f"output-{uuid4().hex}"
        start = command if command[0] == sys.executable else (sys.executable, "manage.py", *command)
        with output.open("wb") as log:
            process = subprocess.Popen(
                start, cwd=ROOT, env=self.environment, stdout=log, stderr=log, stdin=log
            )
        running = Running(process, output)
        try:
            yield running
        finally:
            running.end()

    def is_listening(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(PATIENCE)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def call(self, path: str, body: Any = None, **headers: str) -> int:
        """Send a request and return the status; with a body it is a POST."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                status: int = response.status
                return status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def rows(self, statement: str) -> Any:
        """Run a statement in the database of this installation and return what it finds, as JSON.

        On a connection of its own: a command would take a second to load, and is asked often.
        """
        url = self.environment["CODERAUTH_DATABASE_URL"]
        if url.startswith("postgres"):
            with psycopg.connect(url, autocommit=True) as server:
                done = server.execute(statement.encode())
                found: list[Any] = done.fetchall() if done.description else []
        else:
            with closing(sqlite3.connect(self.folder / SQLITE, timeout=PATIENCE)) as file, file:
                found = file.execute(statement).fetchall()
        return json.loads(json.dumps(found, default=str))


@dataclass
class Running:
    """A process under way and what it wrote."""

    process: "subprocess.Popen[bytes]"
    output: Path

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        until(lambda: words in self.text or self.process.poll() is not None)
        assert words in self.text, self.text

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the status the process ends with."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        """End what a test left running, the web server included."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(PATIENCE)


def children(pid: int) -> list[int]:
    """Return the processes that a process has started (Linux)."""
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []  # It has just ended.
    return found


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    return [pid, *(member for child in children(pid) for member in family(child))]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@contextmanager
def installation(folder: Path, template: Installation | None = None) -> Iterator[Installation]:
    """Provide an installation with a database of the kind that the tests run on.

    It is empty, or else begins as a copy of another one's.
    """
    environment = dict(os.environ)
    # A pooler keeps connections to a database that is copied, and then it cannot be.
    url = environment.get(DIRECT) or environment.get("CODERAUTH_DATABASE_URL", "")
    if not url.startswith("postgres"):
        if template:
            shutil.copy(template.folder / SQLITE, folder)
        environment["CODERAUTH_DATABASE_URL"] = f"sqlite:///{folder}/{SQLITE}"
        yield Installation(folder, environment)
        return
    name = f"installation_{uuid4().hex}"
    environment["CODERAUTH_DATABASE_URL"] = urlsplit(url)._replace(path=f"/{name}").geturl()
    copied = "template1"
    if template:
        copied = urlsplit(template.environment["CODERAUTH_DATABASE_URL"]).path.removeprefix("/")
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(create.format(sql.Identifier(name), sql.Identifier(copied)))
        try:
            yield Installation(folder, environment)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
