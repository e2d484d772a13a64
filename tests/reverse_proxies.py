"""Real reverse proxies, each with a configuration and a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.servers import MissingServerError, answers_at, find_program

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
def caddy(folder: Path, port: int, site: str) -> Iterator[None]:
    """Run Caddy with this site, which listens on `port`, until the block ends."""
    file = folder / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{site}")
    command = [find_program("caddy", debian="caddy"), "run", "--adapter", "caddyfile"]
    home = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with _running([*command, "--config", str(file)], folder, port, **home):
        yield


@contextmanager
def traefik(folder: Path, port: int, dynamic: str) -> Iterator[None]:
    """Run Traefik with this dynamic configuration and one entry point until the block ends."""
    file = folder / "dynamic.yaml"
    file.write_text(dynamic)
    options = [
        f"--entrypoints.web.address=127.0.0.1:{port}",
        f"--providers.file.filename={file}",
        "--global.checknewversion=false",
    ]
    # Its router is there a moment after its port.
    with _running([_from_pip("traefik"), *options], folder, port):
        yield


@contextmanager
def envoy(folder: Path, port: int, filters: list[Any], clusters: dict[str, int]) -> Iterator[None]:
    """Run Envoy with these filters before its router, which leads to the cluster `application`.

    Clusters are ports of this machine, by name.
    """
    file = folder / "envoy.yaml"
    file.write_text(yaml.safe_dump(_envoy_configuration(port, filters, clusters)))
    command = [_from_pip("envoy"), "--config-path", str(file), "--disable-hot-restart"]
    with _running([*command, "--concurrency", "1"], folder, port):
        yield


def _envoy_configuration(port: int, filters: list[Any], clusters: dict[str, int]) -> Any:
    extensions = "type.googleapis.com/envoy.extensions.filters"
    manager = {
        "@type": f"{extensions}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "test",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "application"}}],
                }
            ]
        },
        "http_filters": [
            *filters,
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{extensions}.http.router.v3.Router"},
            },
        ],
    }
    listener = {
        "address": _envoy_address(port),
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": manager,
                    }
                ]
            }
        ],
    }
    return {
        "static_resources": {
            "listeners": [listener],
            "clusters": [
                {
                    "name": name,
                    "type": "STATIC",
                    "load_assignment": {
                        "cluster_name": name,
                        "endpoints": [
                            {"lb_endpoints": [{"endpoint": {"address": _envoy_address(one)}}]}
                        ],
                    },
                }
                for name, one in clusters.items()
            ],
        }
    }


def _envoy_address(port: int) -> Any:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _from_pip(name: str) -> str:
    """Return where a program is that requirements-dev.txt installs."""
    found = Path(sys.executable).parent / name
    if not found.exists():
        raise MissingServerError(f"{name} is not installed: make install")
    return str(found)


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
