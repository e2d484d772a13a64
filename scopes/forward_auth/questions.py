"""What a proxy asks: whose key came, and about which request, as far as its word counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from coderauth.http.client import is_from_proxy
from coderauth.http.csrf import SESSION_COOKIE
from scopes.http.authentication import token_of_fields

PATH: Final = "/api/v2/auth/forward"
_METHODS = ("HTTP_X_FORWARDED_METHOD", "HTTP_X_ORIGINAL_METHOD")
_URIS = ("HTTP_X_FORWARDED_URI", "HTTP_X_ORIGINAL_URI")
_HOSTS = ("HTTP_X_FORWARDED_HOST", "HTTP_X_ORIGINAL_HOST")


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that the proxy asks about; nothing of it is known on the word of a stranger."""

    method: str = ""
    host: str = ""
    path: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.method and self.path)


@dataclass(frozen=True, slots=True)
class Question:
    """A request about `asked`; `query` is None below the endpoint, where it is the client's own."""

    asked: Asked
    query: Mapping[str, str] | None


def is_asked_at(path: str) -> bool:
    return path == PATH or path.startswith(f"{PATH}/")


def token_of(meta: Mapping[str, Any], cookies: Mapping[str, str]) -> str:
    """Return the key that came, or an empty text: one in a header decides over a cookie."""
    return token_of_fields(meta) or cookies.get(SESSION_COOKIE, "")


def question_of(
    meta: Mapping[str, Any], *, method: str, path: str, query: Mapping[str, str]
) -> Question:
    """Return what a request asks; `meta` is its WSGI environ."""
    below = path[len(PATH) :]
    if below:
        # Envoy appends the client's own path and query: neither is our configuration.
        return Question(Asked(method, meta.get("HTTP_HOST", ""), below), None)
    return Question(_told(meta), query)


def original_url(meta: Mapping[str, Any]) -> str:
    """Return the address that a browser asked for, by the word of a trusted proxy."""
    if not is_from_proxy(meta):
        return ""
    host, uri = _first(meta, _HOSTS), _first(meta, _URIS)
    scheme = meta.get("HTTP_X_FORWARDED_PROTO", "https")
    return f"{scheme}://{host}{uri}" if host and uri.startswith("/") else ""


def _told(meta: Mapping[str, Any]) -> Asked:
    if not is_from_proxy(meta):
        return Asked()
    uri = _first(meta, _URIS)
    host = _first(meta, _HOSTS) or meta.get("HTTP_HOST", "")
    return Asked(_first(meta, _METHODS), host, uri.partition("?")[0])


def _first(meta: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((meta[name] for name in names if meta.get(name)), "")
