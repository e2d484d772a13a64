"""The metadata of OIDC providers (OpenID Connect Discovery 1.0), cached for a while."""

import asyncio
import logging
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from django.conf import settings

from accounts.providers.answers import fetch_object, malformed
from accounts.providers.configuration import BASIC, POST, OidcConfig, is_private
from coderauth.errors import DomainError

logger = logging.getLogger(__name__)

# Seconds: how long metadata is fresh, how long it is still used when it cannot be renewed, and
# how long nobody tries again after a failure.
LIFETIME, STALE, PAUSE = 3600, 86_400, 60
# The part of a sign-in's time that renewing may take while older metadata can be used.
RENEWAL_SHARE = 0.25
# Never `none`, and no shared keys (RFC 8725 3.1): a public key would pass for one.
ALGORITHMS = frozenset(
    {f"{family}{size}" for family in ("RS", "PS", "ES") for size in (256, 384, 512)} | {"EdDSA"}
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """The part of a provider's metadata that signing in needs, all of it checked.

    `names_itself` if the provider puts its issuer into its answers (RFC 9207).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    algorithms: frozenset[str]
    userinfo_algorithms: frozenset[str]
    client_auth: str
    end_session_endpoint: str
    has_pkce: bool
    names_itself: bool


@dataclass(slots=True)
class _KeptMetadata:
    metadata: Metadata
    fetched_at: float
    tried_at: float


_kept: dict[tuple[str, bool], _KeptMetadata] = {}


async def provider_metadata(config: OidcConfig, client: httpx2.AsyncClient) -> Metadata:
    """Return a provider's metadata, which each process fetches once an hour.

    If it cannot be fetched again, the older one is used for a day. Raises DomainError.
    """
    name, now = (config.issuer_url, config.skip_issuer_checks), time.monotonic()
    kept = _kept.get(name)
    if kept is None or now - kept.fetched_at > STALE:
        metadata = await fetch_metadata(config, client)
        _kept[name] = _KeptMetadata(metadata, now, now)
        return metadata
    if now - kept.fetched_at > LIFETIME and now - kept.tried_at > PAUSE:
        kept.tried_at = now
        await _renew(kept, config, client)
    return kept.metadata


async def _renew(kept: _KeptMetadata, config: OidcConfig, client: httpx2.AsyncClient) -> None:
    try:
        async with asyncio.timeout(settings.PROVIDER_TIMEOUT.total_seconds() * RENEWAL_SHARE):
            kept.metadata = await fetch_metadata(config, client)
        kept.fetched_at = kept.tried_at
    except (DomainError, TimeoutError, httpx2.HTTPError) as error:
        logger.warning(
            "The metadata of provider %s cannot be renewed (%s)", config.id, type(error).__name__
        )


async def fetch_metadata(config: OidcConfig, client: httpx2.AsyncClient) -> Metadata:
    """Fetch and check a provider's metadata; raises DomainError and what httpx2 raises."""
    return read_metadata(config, await fetch_document(config, client))


async def fetch_document(config: OidcConfig, client: httpx2.AsyncClient) -> dict[str, Any]:
    """Return the discovery document as it is sent."""
    return await fetch_object(client, document_url(config), name="discovery document")


def document_url(config: OidcConfig) -> str:
    return config.issuer_url.rstrip("/") + "/.well-known/openid-configuration"


def read_metadata(config: OidcConfig, document: Mapping[str, Any]) -> Metadata:
    """Return the metadata of a discovery document; raises DomainError."""
    issuer = document.get("issuer")
    if not isinstance(issuer, str):
        raise malformed("Its discovery document names no issuer.")
    # Discovery 4.3: otherwise one provider could speak for another.
    if issuer != config.issuer_url and not config.skip_issuer_checks:
        raise malformed("Its discovery document names another issuer than the configured one.")
    algorithms = ALGORITHMS & _texts(
        document, "id_token_signing_alg_values_supported", default={"RS256"}
    )
    if not algorithms:
        raise malformed("It signs with no algorithm that is accepted here.")
    client_auth = _texts(document, "token_endpoint_auth_methods_supported", default={BASIC})
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(config, document, "authorization_endpoint"),
        token_endpoint=_endpoint(config, document, "token_endpoint"),
        jwks_uri=_endpoint(config, document, "jwks_uri"),
        userinfo_endpoint=_endpoint(config, document, "userinfo_endpoint", is_needed=False),
        algorithms=algorithms,
        userinfo_algorithms=ALGORITHMS
        & _texts(document, "userinfo_signing_alg_values_supported", default=algorithms),
        client_auth=POST if POST in client_auth and BASIC not in client_auth else BASIC,
        end_session_endpoint=_unneeded_endpoint(config, document, "end_session_endpoint"),
        has_pkce="S256" in _texts(document, "code_challenge_methods_supported", default=set()),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(
    config: OidcConfig, document: Mapping[str, Any], name: str, *, is_needed: bool = True
) -> str:
    url = document.get(name, "")
    if url == "" and not is_needed:
        return ""
    if not isinstance(url, str) or not is_usable(url, config.issuer_url):
        raise malformed(f"Its discovery document has no usable {name}.")
    return url


def _unneeded_endpoint(config: OidcConfig, document: Mapping[str, Any], name: str) -> str:
    """Return an endpoint that nobody needs to sign in, or nothing when it cannot be used."""
    url = document.get(name)
    return url if isinstance(url, str) and is_usable(url, config.issuer_url) else ""


def is_usable(url: str, issuer: str) -> bool:
    """Say whether an endpoint may be called: over TLS, unless the issuer is on this machine."""
    try:
        httpx2.URL(url)
        is_plain = urlsplit(url).scheme == "http"
        return is_private(url) and not (is_plain and urlsplit(issuer).scheme == "https")
    except (ValueError, httpx2.InvalidURL):
        return False


def _texts(document: Mapping[str, Any], name: str, *, default: Set[str]) -> frozenset[str]:
    found = document.get(name)
    if found is None:
        return frozenset(default)
    if not isinstance(found, list):
        raise malformed(f"Its discovery document has a {name} that is no list.")
    return frozenset(text for text in found if isinstance(text, str))
