"""Start throw-away PostgreSQL and Redis servers for one command: `python -m tests.servers -- …`.

The command finds them in CODERAUTH_DATABASE_URL and TEST_REDIS_URL. Both end with it.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.waiting import PATIENCE, until


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


@contextmanager
def postgresql() -> Iterator[str]:
    """Run an empty PostgreSQL on a free port of 127.0.0.1; yield its URL."""
    initdb = find_program("initdb", debian="postgresql")
    server = find_program("postgres", debian="postgresql")
    with tempfile.TemporaryDirectory(prefix="coderauth-postgresql-") as folder:
        data = Path(folder) / "data"
        as_user = _unprivileged(folder)
        subprocess.run(
            [*as_user, initdb, "-D", str(data), "-U", "coderauth", "-A", "trust", "-E", "UTF8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            timeout=PATIENCE,
        )
        port = free_port()
        options = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        options += ["-c", "max_connections=200", "-c", f"unix_socket_directories={folder}"]
        log = (Path(folder) / "log").open("w")
        process = subprocess.Popen(
            [*as_user, server, "-D", str(data), "-p", str(port), "-h", "127.0.0.1", *options],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        try:
            _wait_for(port, process)
            yield f"postgres://coderauth@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(PATIENCE)
            log.close()


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
            _wait_for(port, process)
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
        _wait_for(port, process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _unprivileged(folder: str) -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package made a user for it."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    def answers() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(answers)


def main(command: Sequence[str]) -> int:
    with ExitStack() as stack:
        try:
            database = stack.enter_context(postgresql())
            cache = stack.enter_context(redis())
        except MissingServerError as error:
            sys.stderr.write(f"{error}\n")
            return 3
        environment = {
            **os.environ,
            "CODERAUTH_DATABASE_URL": database,
            "TEST_REDIS_URL": cache,
        }
        # This is the run itself, which takes as long as it takes.
        return subprocess.run(command, env=environment, check=False, timeout=None).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:]))
