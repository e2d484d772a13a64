"""Real reverse proxies, each with a configuration and a folder of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import answers_at, find_program

_NGINX = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""


@contextmanager
def nginx(folder: Path, port: int, servers: str) -> Iterator[None]:
    """Run nginx with these `server` blocks until the block ends; one of them listens on `port`."""
    # As root, its workers would be somebody who may not read the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(user=user, folder=folder, servers=servers))
    command = [find_program("nginx", debian="nginx-light"), "-c", str(file), "-p", str(folder)]
    with _running(command, folder, port):
        yield


@contextmanager
def _running(command: list[str], folder: Path, port: int, **variables: str) -> Iterator[None]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **variables}, stdout=output, stderr=output
        )
    try:
        answers_at(port, process)
        yield
    finally:
        process.terminate()
        process.wait(10)
