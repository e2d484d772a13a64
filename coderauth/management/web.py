"""Start and stop the web server process, and know whether it answers."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from django.conf import settings
from django.core.management.base import CommandError

from coderauth.management.web_server import KILL_TIMEOUT

# With few heaps for all threads, the memory that a burst of requests took is given back.
MALLOC_ARENAS = "2"


def resolve_address() -> str:
    """Return the IP address to listen on; raises CommandError when that is impossible."""
    host, port = settings.HTTP_ADDRESS
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CommandError(f"Cannot find the address of {host}: {error.strerror}.") from error
    # The server's sockets may share their port with another's: that must not pass silently.
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port}: {error.strerror}. Stop what listens there, or "
                "set CODERAUTH_HTTP_ADDRESS to another address."
            ) from error
    return str(address[0])


class WebServer:
    """The web server: a process and the workers it forks, in a process group of their own."""

    def __init__(self, address: str, *, access_log: bool) -> None:
        self._address = address
        paths = [str(settings.BASE_DIR), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(  # noqa: S603 (no shell, and the address is an IP)
            [
                sys.executable,
                "-m",
                "coderauth.management.web_server",
                address,
                *(["--access-log"] if access_log else []),
            ],
            stdin=subprocess.PIPE,
            env={
                "MALLOC_ARENA_MAX": MALLOC_ARENAS,
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            },
            # Ctrl+C goes to this process only, which then stops the server in order.
            start_new_session=True,
        )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def answers(self) -> bool:
        """Say whether the port accepts connections."""
        # The address that means all addresses is reached by the loopback address.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._address, self._address)  # noqa: S104
        try:
            socket.create_connection((host, settings.HTTP_ADDRESS[1]), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """Ask the server to finish its requests and end."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the server and all of its workers."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait until the server has ended, leave no worker behind, and return its status."""
        try:
            status = self._process.wait(KILL_TIMEOUT + 0.5)
        except subprocess.TimeoutExpired:
            status = -signal.SIGKILL
        self.kill()
        self._process.wait()
        return status
