"""Requests by the thousand: `wrk` sends them, because Python would be slower than the server."""

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.serving import Server
from tests.servers import find_program

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is sent again and again; with a body it is a POST."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


def rate(server: Server, call: Call, *, seconds: float, connections: int = CONNECTIONS) -> float:
    """Return the requests a second; raises RuntimeError when any answer was not a success."""
    wrk = find_program("wrk", debian="wrk")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "call.lua"
        script.write_text(_lua(call), encoding="utf-8")
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script)]
        report = subprocess.run(
            [*command, server.url + call.path], check=True, capture_output=True, text=True
        ).stdout
    if "Non-2xx" in report or "Socket errors" in report:
        raise RuntimeError(report)
    found = re.search(r"Requests/sec:\s+([0-9.]+)", report)
    if found is None:
        raise RuntimeError(report)
    return float(found[1])


def _lua(call: Call) -> str:
    # JSON strings without escapes beyond \" are Lua strings, too.
    lines = [
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}"
        for name, value in call.headers.items()
    ]
    if call.body:
        lines += ['wrk.method = "POST"', f"wrk.body = {json.dumps(call.body)}"]
    return "\n".join(lines)
