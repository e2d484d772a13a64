"""Providers that pages have buttons for, and what a page shows of them."""

import re
from collections.abc import Sequence
from typing import Any

from accounts.providers.configuration import OidcConfig
from accounts.providers.github_configuration import GithubConfig

KEYCLOAK = OidcConfig(
    id="oidc",
    issuer_url="https://keycloak.example/realms/main",
    client_id="coderauth",
    client_secret="of-the-tests",
    sign_in_text="Keycloak",
    icon_url="https://keycloak.example/icon.svg",
)
SECOND = OidcConfig(
    id="1",
    issuer_url="https://second.example",
    client_id="coderauth",
    client_secret="of-the-tests",
    sign_in_text="Log in with Second & Sons",
    icon_url="http://icons.example:8080/second.png",
)
GITHUB = GithubConfig(client_id="Iv1", client_secret="of-the-tests", allow_everyone=True)
LINK = re.compile(r'<a class="button[^"]*"\s+href="([^"]+)"')


def links(page: Any) -> Sequence[str]:
    """Return where the buttons lead."""
    return [link.replace("&amp;", "&") for link in LINK.findall(page.content.decode())]


def image_sources(page: Any) -> str:
    """Return where a page may show images from."""
    (images,) = re.findall(r"img-src ([^;]*)", page.headers["Content-Security-Policy"])
    return str(images)
