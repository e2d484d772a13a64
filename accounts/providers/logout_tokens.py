"""Read logout tokens of providers (OpenID Connect Back-Channel Logout 1.0, 2.4 to 2.6)."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx2

from accounts.providers.claims import (
    LEEWAY,
    is_for,
    issuer_of,
    linked_id,
    require_issuer,
    require_time,
    session_of,
)
from accounts.providers.configuration import OidcConfig
from accounts.providers.discovery import Metadata
from accounts.providers.signatures import unproved_claims, verify_token
from coderauth.errors import DomainError

CODE = "logout_token_invalid"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Seconds for which a token without an expiry is valid; and the most that a token may claim.
LIFETIME = 300
LONGEST = 86_400
MAX_LENGTH = 16_384


@dataclass(frozen=True, slots=True)
class Logout:
    """Who is signed out: a person, one of their sessions, or both; each may be left out.

    `digest` tells the token from all others, until `expires_at`.
    """

    linked_id: str
    session: str
    digest: str
    expires_at: datetime


def require_plausible(config: OidcConfig, token: str) -> None:
    """Raise DomainError for a token that could not be obeyed whoever signed it.

    Strangers send them: nobody's keys are asked for before this.
    """
    if len(token) > MAX_LENGTH:
        raise _invalid("It is too long.")
    _read(config, unproved_claims(token, code=CODE))


async def verify_logout(
    config: OidcConfig, metadata: Metadata, client: httpx2.AsyncClient, token: str
) -> Logout:
    """Return who is signed out by a logout token; raises DomainError for an invalid one."""
    return _read(config, await verify_token(token, metadata, client, code=CODE))


def _read(config: OidcConfig, claims: dict[str, Any]) -> Logout:
    require_issuer(config, claims.get("iss"), code=CODE)
    if not is_for(config.client_id, claims.get("aud")):
        raise _invalid("It is not for this client.")
    require_time(claims, code=CODE, ends=False)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise _invalid("It is not about signing out.")
    # An ID token has one, and must never pass for a logout token.
    if "nonce" in claims:
        raise _invalid("It has a nonce.")
    name = claims.get("jti")
    if not isinstance(name, str) or not name:
        raise _invalid("It has no id (jti).")
    session = session_of(config, claims)
    subject = claims.get("sub")
    has_subject = isinstance(subject, str) and bool(subject)
    if not session and not has_subject:
        raise _invalid("It names neither a person nor a session.")
    named = f"{issuer_of(config, claims)}||{name}"
    return Logout(
        linked_id=linked_id(config, claims) if has_subject else "",
        session=session,
        digest=sha256(named.encode("utf-8", "replace")).hexdigest(),
        expires_at=_expiry(claims),
    )


def _expiry(claims: dict[str, Any]) -> datetime:
    """Return when a token expires for certain; raises DomainError if it already has."""
    now, issued_at = time.time(), claims.get("iat")
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        raise _invalid("It does not say when it was issued.")
    ends_at = claims.get("exp", issued_at + LIFETIME)
    if issued_at > now + LEEWAY or not now - LEEWAY < ends_at <= now + LONGEST:
        raise _invalid("It has expired or is not valid yet; clocks may differ by a minute.")
    return datetime.fromtimestamp(ends_at + LEEWAY, UTC)


def _invalid(reason: str) -> DomainError:
    return DomainError("logout_token_invalid", reason=reason)
