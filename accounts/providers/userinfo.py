"""Ask a provider's userinfo endpoint: plain JSON, or a signed token (OpenID Connect Core 5.3)."""

from collections.abc import Mapping
from typing import Any

import httpx2

from accounts.providers.answers import HEADERS, read_object, require_ok
from accounts.providers.claims import is_for, require_time
from accounts.providers.configuration import OidcConfig
from accounts.providers.discovery import Metadata
from accounts.providers.signatures import verify_token
from coderauth.errors import DomainError

NAME = "userinfo"
JWT = "application/jwt"
# Every compact token begins like this, and no JSON does: `{"` in base64.
TOKEN_START = b"eyJ"


async def fetch_userinfo(
    config: OidcConfig,
    metadata: Metadata,
    client: httpx2.AsyncClient,
    *,
    access_token: str,
    subject: str,
) -> dict[str, Any]:
    """Return what userinfo says about `subject`; raises DomainError and what httpx2 raises."""
    headers = {
        **HEADERS,
        "Accept": f"application/json, {JWT};q=0.9",
        "Authorization": f"Bearer {access_token}",
    }
    request = client.build_request("GET", metadata.userinfo_endpoint, headers=headers)
    response = await client.send(request)
    if _is_token(response):
        claims = await _read_signed(config, metadata, client, response)
    else:
        claims = read_object(response, name=NAME)
    _require_types(config, claims)
    # Core 5.3.2: against a token that was swapped.
    if claims.get("sub") != subject:
        raise DomainError("userinfo_failed", reason="It is about somebody else.")
    return claims


def _is_token(response: httpx2.Response) -> bool:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == JWT or response.content.startswith(TOKEN_START)


async def _read_signed(
    config: OidcConfig, metadata: Metadata, client: httpx2.AsyncClient, response: httpx2.Response
) -> dict[str, Any]:
    """Return the claims of a signed answer by the provider, for us, that has not expired.

    By the standard it names both; some do not, but TLS has proved whose answer it is.
    """
    require_ok(response, name=NAME)
    claims = await verify_token(
        response.content.decode("latin-1").strip(),
        metadata,
        client,
        code="userinfo_failed",
        algorithms=metadata.userinfo_algorithms,
    )
    if not config.skip_issuer_checks and claims.get("iss", config.issuer_url) not in config.issuers:
        raise DomainError("userinfo_failed", reason="Another provider has signed it.")
    if not is_for(config.client_id, claims.get("aud", config.client_id)):
        raise DomainError("userinfo_failed", reason="It is for another client.")
    require_time(claims, code="userinfo_failed", ends=False)
    return claims


def _require_types(config: OidcConfig, claims: Mapping[str, Any]) -> None:
    """Raise DomainError for a claim of a wrong type, if that claim is used."""
    read = ["sub", *(["email"] if config.email_field == "email" else [])]
    for name in read:
        if not isinstance(claims.get(name, ""), str):
            raise DomainError("userinfo_malformed", reason=f"Its claim {name} is not a text.")
    verified = claims.get("email_verified", True)
    is_known = isinstance(verified, bool) or str(verified).lower() in {"true", "false"}
    if not is_known and not config.ignore_email_verified:
        raise DomainError("userinfo_malformed", reason="Its claim email_verified is not a boolean.")
