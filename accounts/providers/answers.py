"""What providers answer over HTTP: JSON objects that can be stored, or a refusal.

Whatever is wrong with an answer is a DomainError that quotes nothing of it.
"""

from typing import Any

import httpx2
import orjson
from django.conf import settings

from accounts.providers.calls import LimitedTransport, tls
from coderauth.errors import DomainError

HEADERS = {"Accept": "application/json", "User-Agent": "coderauth"}
# Deeper ones are nobody's claims, and databases refuse them.
MAX_DEPTH = 32


def http_options() -> dict[str, Any]:
    """Return how every client of a provider is made: no redirect is followed."""
    return {
        "transport": LimitedTransport(verify=tls()),
        "timeout": settings.PROVIDER_TIMEOUT.total_seconds(),
        "follow_redirects": False,
    }


async def fetch_object(
    client: httpx2.AsyncClient, url: str, *, name: str, token: str = ""
) -> dict[str, Any]:
    """Return the JSON object at an address, read with a token if one is given.

    `name` is what refusals call it. Raises DomainError and what httpx2 raises.
    """
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    request = client.build_request("GET", url, headers={**HEADERS, **bearer})
    return read_object(await client.send(request), name=name)


def read_object(response: httpx2.Response, *, name: str) -> dict[str, Any]:
    """Return the JSON object of a successful answer; raises DomainError."""
    if response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
        raise DomainError("provider_down")
    if response.status_code != httpx2.codes.OK:
        raise malformed(f"Its {name} answered with status {response.status_code}.")
    return parse_object(response.content, name=name)


def parse_object(content: bytes, *, name: str) -> dict[str, Any]:
    """Return a JSON object that a database can keep: no NUL, no lone surrogate, not too deep."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise malformed(f"Its {name} is not JSON.") from error
    if not isinstance(found, dict):
        raise malformed(f"Its {name} is not a JSON object.")
    if b"\\u0000" in content or not _is_within(found, MAX_DEPTH):
        raise malformed(f"Its {name} contains what cannot be stored.")
    return found


def malformed(reason: str) -> DomainError:
    """Return the refusal of an answer that cannot be used."""
    return DomainError("provider_malformed", reason=reason)


def _is_within(value: Any, depth: int) -> bool:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    else:
        return True
    return depth > 0 and all(_is_within(one, depth - 1) for one in inner)
