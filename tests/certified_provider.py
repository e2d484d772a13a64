"""The certified `oidc-provider` (npm) as a process of its own."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from joserfc.jwk import Key

from tests.lying_provider import CLIENT_ID, CLIENT_SECRET, key_of
from tests.npm import installed
from tests.oidc import Stay, Visit, location_of, redirect_uri
from tests.servers import free_port
from tests.waiting import PATIENCE

SOURCE = Path(__file__).resolve().parent / "oidc_provider"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
KEYS = [key_of(algorithm) for algorithm in ALGORITHMS]


def client(**fields: Any) -> dict[str, Any]:
    """Return how coderauth is registered there."""
    return {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": [redirect_uri(), redirect_uri("1")],
        "grant_types": ["authorization_code", "refresh_token"],
        **fields,
    }


@contextmanager
def certified_provider(
    accounts: Mapping[str, Mapping[str, Any]], clients: Sequence[Mapping[str, Any]] = ()
) -> Iterator[str]:
    """Run one on a free port; yield its issuer."""
    port = free_port()
    settings = {
        "port": port,
        "clients": list(clients) or [client()],
        "accounts": accounts,
        "keys": [_private(key, algorithm) for key, algorithm in zip(KEYS, ALGORITHMS, strict=True)],
    }
    process = subprocess.Popen(
        ["node", "--input-type=module", "-e", (SOURCE / "server.mjs").read_text()],
        cwd=installed(SOURCE),
        env={**os.environ, "OIDC_PROVIDER": json.dumps(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def visit(login: str) -> Visit:
    """Sign in there as somebody, with its cookies and its form."""

    def lead(url: str) -> str:
        browser = urllib.request.build_opener(Stay, urllib.request.HTTPCookieProcessor(CookieJar()))
        origin = "/".join(url.split("/")[:3])
        page = location_of(url, browser=browser)
        resumed = location_of(_absolute(origin, page), {"login": login}, browser=browser)
        return location_of(_absolute(origin, resumed), browser=browser)

    return lead


def _absolute(origin: str, location: str) -> str:
    return location if location.startswith("http") else origin + location


def _private(key: Key, algorithm: str) -> dict[str, Any]:
    return {**key.as_dict(private=True), "use": "sig", "alg": algorithm}
