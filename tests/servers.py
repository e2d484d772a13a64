"""Start throw-away PostgreSQL and Redis servers for one command: `python -m tests.servers -- …`.

The command finds them in CODERAUTH_DATABASE_URL and TEST_REDIS_URL. Both end with it. With
`--pooled` before the `--`, PgBouncer stands before PostgreSQL and lends connections by transaction.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests.waiting import PATIENCE, until

# Where PostgreSQL is while PgBouncer stands before it, for what poolers cannot do.
DIRECT = "TEST_DIRECT_DATABASE_URL"


class MissingServerError(Exception):
    """A server program is not installed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_program(name: str, *, debian: str) -> str:
    """Return where a program is; Debian keeps PostgreSQL's outside of PATH."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = shutil.which(name) or (str(newest[0]) if newest else None)
    if found is None:
        raise MissingServerError(f"{name} is not installed: apt-get install {debian}")
    return found


@dataclass
class PostgreSQL:
    """A server that can be stopped, and started again with what it holds."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self._as_user = _unprivileged(str(self.folder))
        initdb = find_program("initdb", debian="postgresql")
        subprocess.run(
            [*self._as_user, initdb, "-D", self._data, "-U", "coderauth", "-A", "trust", "-EUTF8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            timeout=PATIENCE,
        )

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    @property
    def url(self) -> str:
        return f"postgres://coderauth@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def start(self, *options: str) -> None:
        server = find_program("postgres", debian="postgresql")
        all_options = [*options, "max_connections=200", f"unix_socket_directories={self.folder}"]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [*self._as_user, server, "-D", self._data, "-p", str(self.port), "-h", "127.0.0.1",
                 *(part for option in all_options for part in ("-c", option))],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )  # fmt: skip
        answers_at(self.port, self._process)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it: in order, or with SIGQUIT at once, as when the machine fails."""
        if self._process is not None:
            os.kill(self.pid, number)
            self._process.wait(PATIENCE)
            self._process = None


@contextmanager
def postgresql() -> Iterator[str]:
    """Run an empty PostgreSQL on a free port of 127.0.0.1; yield its URL."""
    with tempfile.TemporaryDirectory(prefix="coderauth-postgresql-") as folder:
        server = PostgreSQL(Path(folder))
        server.start("fsync=off", "synchronous_commit=off", "full_page_writes=off")
        try:
            yield server.url
        finally:
            server.stop(signal.SIGINT)  # Not waiting for those who are still connected.


@contextmanager
def pgbouncer(database: str, port: int | None = None) -> Iterator[str]:
    """Run a pooler that gives each transaction a connection to a PostgreSQL; yield its URL."""
    program = find_program("pgbouncer", debian="pgbouncer")
    server = urlsplit(database)
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="coderauth-pgbouncer-") as folder:
        as_user = _unprivileged(folder)
        (Path(folder) / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={server.hostname} port={server.port} user={server.username}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            "auth_type = any\npool_mode = transaction\nmax_client_conn = 500\n"
        )
        process = subprocess.Popen(
            [*as_user, program, "-q", "pgbouncer.ini"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            answers_at(port, process)
            yield server._replace(netloc=f"{server.username}@127.0.0.1:{port}").geturl()
        finally:
            process.terminate()
            process.wait(PATIENCE)


@contextmanager
def redis(port: int | None = None, configuration: Path | None = None) -> Iterator[str]:
    """Run an empty Redis on a port of 127.0.0.1, any free one by default; yield its URL."""
    program = find_program("redis-server", debian="redis-server")
    port = port or free_port()
    settings = [str(configuration)] if configuration else ["--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        [program, *settings, "--port", str(port), "--bind", "127.0.0.1"],
        stdout=subprocess.DEVNULL,
        cwd=tempfile.gettempdir(),
    )
    try:
        answers_at(port, process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def rsyslog(folder: Path, port: int) -> Iterator[Path]:
    """Run a syslog server that takes UDP and TCP on a port; yield the file that it writes.

    Each line has the parts of a message as JSON, as rsyslog understood them.
    """
    program = find_program("rsyslogd", debian="rsyslog")
    written = folder / "messages"
    (folder / "rsyslog.conf").write_text(
        f'global(workDirectory="{folder}" maxMessageSize="64k")\n'
        'module(load="imtcp")\nmodule(load="imudp")\n'
        f'input(type="imtcp" address="127.0.0.1" port="{port}")\n'
        f'input(type="imudp" address="127.0.0.1" port="{port}")\n'
        'template(name="parts" type="list" option.jsonf="on") {\n'
        + "".join(
            f'  property(outname="{name}" name="{name}" format="jsonf" dateFormat="rfc3339")\n'
            for name in ("pri", "timereported", "app-name", "msgid", "structured-data", "msg")
        )
        + f'}}\n*.* action(type="omfile" file="{written}" template="parts")\n'
    )
    pid = folder / "rsyslog.pid"
    process = subprocess.Popen(
        [program, "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(pid)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        answers_at(port, process)
        yield written
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _unprivileged(folder: str) -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package made a user for it."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def answers_at(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server that was just started takes connections."""

    def answers() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(answers)


def main(command: Sequence[str], *, is_pooled: bool) -> int:
    environment = dict(os.environ)
    with ExitStack() as stack:
        try:
            database = stack.enter_context(postgresql())
            if is_pooled:
                environment[DIRECT] = database
                database = stack.enter_context(pgbouncer(database))
                environment["CODERAUTH_DATABASE_PREPARED_STATEMENTS"] = "false"
            cache = stack.enter_context(redis())
        except MissingServerError as error:
            sys.stderr.write(f"{error}\n")
            return 3
        environment |= {"CODERAUTH_DATABASE_URL": database, "TEST_REDIS_URL": cache}
        # This is the run itself, which takes as long as it takes.
        return subprocess.run(command, env=environment, check=False, timeout=None).returncode


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pooled", action="store_true")
    options.add_argument("command", nargs="+")
    given = options.parse_args()
    sys.exit(main(given.command, is_pooled=given.pooled))
