"""Run the command of an image as a container would, and print what it did as JSON.

    unshare --mount --net python tests/deploy/room.py '{"opt": …}'

As root in namespaces of its own: no network but loopback, a root that cannot be written, a user
without any rights, and one directory for data. Needs the standard library only, because nothing
else can be seen from here once the room is furnished.
"""

import contextlib
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

READY_WITHIN = 60  # seconds
STOPPED_WITHIN = 30
OWNER = {"email": "ada@example.org", "username": "ada", "password": "Str0ng-Passw0rd!"}


def mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True, timeout=10)


def open_to_all(folder: Path) -> None:
    """Let everybody reach a folder whose ancestors are closed, such as a Python in /root."""
    closed = [one for one in folder.parents if not one.stat().st_mode & 0o001]
    if not closed:
        return
    aside = tempfile.mkdtemp()
    mount("--bind", folder, aside)
    mount("-t", "tmpfs", "-o", "mode=755", "none", closed[-1])
    folder.mkdir(parents=True)
    mount("--bind", aside, folder)


def furnish(room: dict[str, Any]) -> None:
    """Put the image and its volume where they belong, and close everything else to writing."""
    mount("--make-rprivate", "/")
    data = Path(room["volume"])
    mount("--bind", room["opt"], "/opt")
    open_to_all(Path(room["python"]))
    aside = tempfile.mkdtemp()
    mount("--bind", room["data"], aside)
    mount("-t", "tmpfs", "-o", "mode=755", "none", data.parent)
    data.mkdir()
    mount("--bind", aside, data)
    mount("-t", "tmpfs", "-o", "mode=1777", "none", "/tmp")
    mount("-o", "remount,bind,ro", "/opt")
    mount("-o", "remount,bind,ro", "/")


def raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        up = struct.pack("16sh", b"lo", 1 | 64)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(probe, 0x8914, up)  # SIOCSIFFLAGS


class Container:
    """The image's command as process 1 of a room of its own, and other commands of its user."""

    def __init__(self, room: dict[str, Any]) -> None:
        user, _, group = room["user"].partition(":")
        self._as_user = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        self._as_user += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        self._room = room
        self._environment: dict[str, str] = room["variables"]
        apart = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (it ends with this process)
        self.process = subprocess.Popen(
            [*apart, *self._as_user, *room["command"]],
            cwd=room["workdir"],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def run(self, command: list[str]) -> int:
        """Run a command as the image's user, and return its status."""
        return subprocess.run(
            [*self._as_user, *command],
            cwd=self._room["workdir"],
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=30,
        ).returncode

    def stop(self) -> tuple[int | None, float]:
        """Send SIGTERM to process 1; return its status and how many seconds it took."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        began = time.monotonic()
        for child in children.split():
            os.kill(int(child), signal.SIGTERM)
        status: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self.process.wait(STOPPED_WITHIN)
        return status, time.monotonic() - began

    @property
    def output(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")


def ask(path: str, body: object = None) -> tuple[int, str]:
    """Return status and text of an answer; the status is 0 when there is none."""
    request = urllib.request.Request(
        f"http://127.0.0.1:3000{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError:
        return 0, ""


def wait_until_ready(container: Container) -> int:
    deadline = time.monotonic() + READY_WITHIN
    status = 0
    while status != 200 and container.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
        status, _ = ask("/readyz")
    return status


def main(room: dict[str, Any]) -> dict[str, Any]:
    furnish(room)
    raise_loopback()
    container = Container(room)
    try:
        seen: dict[str, Any] = {"ready": wait_until_ready(container)}
        seen["health"] = container.run(room["health_check"])
        page, text = ask("/login")
        style = re.search(r'href="(/static/[^"]+\.css)"', text)
        seen["page"], seen["style"] = page, ask(style[1])[0] if style else 0
        seen["first owner"] = ask("/api/v2/users/first", OWNER)[0]
        seen["written"] = {
            place: container.run(["touch", f"{place}/written"]) == 0 for place in room["places"]
        }
        seen["interfaces"] = [name for _, name in socket.if_nameindex()]
        seen["status"], seen["seconds to stop"] = container.stop()
        seen["health after"] = container.run(room["health_check"])
        seen["output"] = container.output
    finally:
        container.process.kill()
    return seen


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
