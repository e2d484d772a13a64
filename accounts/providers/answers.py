"""Answers of providers over HTTP: JSON objects that can be stored, or a refusal.

A bad answer is a DomainError that quotes nothing from it.
"""

from typing import Any

import httpx2
import orjson
from django.conf import settings

from accounts.providers.calls import LimitedTransport
from coderauth.errors import DomainError

HEADERS = {"Accept": "application/json", "User-Agent": "coderauth"}
# No real claims are deeper, and databases refuse them.
MAX_DEPTH = 32


def http_options() -> dict[str, Any]:
    """Return the options of every HTTP client of a provider: redirects are not followed."""
    return {
        "transport": LimitedTransport(),
        "timeout": settings.PROVIDER_TIMEOUT.total_seconds(),
        "follow_redirects": False,
    }


async def fetch_object(client: httpx2.AsyncClient, url: str, *, name: str) -> dict[str, Any]:
    """Return the JSON object at an address; `name` is what refusals call it.

    Raises DomainError and what httpx2 raises.
    """
    request = client.build_request("GET", url, headers=HEADERS)
    return read_object(await client.send(request), name=name)


def read_object(response: httpx2.Response, *, name: str) -> dict[str, Any]:
    """Return the JSON object of a successful answer; raises DomainError."""
    require_ok(response, name=name)
    return parse_object(response.content, name=name)


def require_ok(response: httpx2.Response, *, name: str) -> None:
    """Raise DomainError for an answer that is no success."""
    if response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
        raise DomainError("provider_down")
    if response.status_code != httpx2.codes.OK:
        raise malformed(f"Its {name} answered with status {response.status_code}.")


def parse_object(content: bytes, *, name: str) -> dict[str, Any]:
    """Return a JSON object that a database can keep: no NUL, no lone surrogate, not too deep."""
    try:
        found = parse(content)
    except orjson.JSONDecodeError as error:
        raise malformed(f"Its {name} is not JSON.") from error
    except ValueError as error:
        raise malformed(f"Its {name} contains what cannot be stored.") from error
    if not isinstance(found, dict):
        raise malformed(f"Its {name} is not a JSON object.")
    return found


def parse(content: bytes) -> Any:
    """Return what JSON of others says; a null in it is not there, as if it were never sent.

    Raises ValueError for what is not JSON, contains a NUL or is too deep.
    """
    found = orjson.loads(content)
    if b"\\u0000" in content or not _is_within(found, MAX_DEPTH):
        raise ValueError("contains a NUL or is too deep")
    return _without_nulls(found)


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


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value if one is not None]
    return value
