"""The address of the server, and the token."""

import os
from urllib.parse import urlsplit

from coderauth_sdk.errors import ConfigurationError

URL, TOKEN = "CODERAUTH_URL", "CODERAUTH_TOKEN"
API = "/api/v2"


def server_address(url: str | None) -> str:
    """Return the given address or the one in the environment; raises ConfigurationError."""
    address = (url or os.environ.get(URL, "")).rstrip("/").removesuffix(API)
    if not address:
        raise ConfigurationError(
            f"Where is the server? Set {URL}, or Client('https://auth.example.org')."
        )
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"{URL} must be an address such as https://auth.example.org.")
    if parts.username is not None or parts.query or parts.fragment:
        # It is printed in errors and logs.
        raise ConfigurationError(
            f"{URL} must be only scheme, host and port; a token belongs in {TOKEN}."
        )
    return address


def token_of(token: str | None) -> str:
    """Return the given token or the one in the environment; an empty one is anonymous."""
    return (os.environ.get(TOKEN, "") if token is None else token).strip()
