"""Start servers on a core of their own, and read what their processes use."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from bench.databases import ROOT
from tests.servers import free_port

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[-1]
TICKS = os.sysconf("SC_CLK_TCK")
START_TIMEOUT = 30
THREADS = 16
OURS = "coderauth.settings"


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    pid: int

    def processes(self) -> list[int]:
        """Return the ids of the server's whole process tree."""
        found = [self.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                with suppress(OSError):
                    found += [int(child) for child in task.read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        total = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory_mb(self) -> float:
        """Return the memory of the tree; what processes share is counted once (PSS)."""
        kib = 0
        for pid in self.processes():
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            kib += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return kib / 1024

    def open_files(self) -> int:
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.processes())


def keep_off_the_server_core() -> None:
    """Move this process, and what it starts, away from the core that servers are pinned to."""
    os.sched_setaffinity(0, set(CORES[:-1] or CORES))


@contextmanager
def pinned(settings: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """Serve a settings module with one worker alone on the server core.

    Ours with the server it has, peers with granian (WSGI).
    """
    port = free_port()
    if settings == OURS:
        own = {
            "CODERAUTH_HTTP_ADDRESS": f"127.0.0.1:{port}",
            "CODERAUTH_WORKERS": "1",
            "CODERAUTH_THREADS": str(THREADS),
        }
        command = [sys.executable, "-m", "coderauth.management.web_server", "127.0.0.1"]
        with started(command, {**environment, **own}, port, cores={SERVER_CORE}) as server:
            yield server
        return
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--blocking-threads", str(THREADS), "--log-level", "error"]
    command += ["django.core.wsgi:get_wsgi_application"]
    environment = {**environment, "DJANGO_SETTINGS_MODULE": settings}
    with started(command, environment, port, cores={SERVER_CORE}) as server:
        yield server


@contextmanager
def real(environment: Mapping[str, str]) -> Iterator[Server]:
    """Run `manage.py serve` with its defaults, on all cores: what a user gets."""
    port = free_port()
    environment = {**environment, "CODERAUTH_HTTP_ADDRESS": f"127.0.0.1:{port}"}
    command = [sys.executable, "manage.py", "serve"]
    with started(command, environment, port, cores=set(CORES)) as server:
        yield server


@contextmanager
def started(
    command: list[str], environment: Mapping[str, str], port: int, *, cores: set[int]
) -> Iterator[Server]:
    """Run a server until the block ends; it answers when the block begins."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # Inherited by the server and its workers.
    try:
        # Our server ends when its standard input does.
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
    finally:
        os.sched_setaffinity(0, own)
    server = Server(f"http://127.0.0.1:{port}", process.pid)
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_TIMEOUT)


def _wait_for(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urlopen(f"{server.url}/healthz", timeout=5).close()
        except HTTPError:
            return  # A peer without this route answers too.
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")
