"""Verify signatures of tokens by the keys that a provider publishes (RFC 7515, RFC 7517)."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from joserfc import jwk, jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from accounts.providers.answers import fetch_object, malformed, parse_object
from accounts.providers.calls import MAX_BYTES
from accounts.providers.discovery import ALGORITHMS, Metadata
from coderauth.errors import DomainError

logger = logging.getLogger(__name__)

# Seconds for which a key that its provider has withdrawn is still accepted.
LIFETIME = 3600
# Keys are fetched early when a token does not match them, but only so often in a minute: forged
# tokens must not make us ask a provider without end.
EARLY_FETCHES, MINUTE = 5, 60
# Keys to try for a token that does not say which key signed it.
MOST_KEYS = 8
MIN_RSA_BITS = 2048  # RFC 7518 3.3
# What a public key is made of; the rest of a JWK is about it, and nobody's reason to refuse.
MATERIAL = frozenset({"kty", "n", "e", "crv", "x", "y"})
# What some providers sign with until they are told otherwise.
SYMMETRIC = frozenset({"HS256", "HS384", "HS512"})
PROVES_NOTHING = (
    "It is signed with the client secret, which proves nothing to us: "
    "have the provider sign with a key of its own (RS256, ES256)."
)
KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}

Key = Mapping[str, Any]


@dataclass(slots=True)
class _KeptKeys:
    keys: list[Key]
    fetched_at: float
    # When, by what the token was for: logout tokens come from strangers, and must not use up
    # what signing in needs when a key was rotated.
    early: dict[str, list[float]] = field(default_factory=dict)


class _Registry(jws.JWSRegistry):
    """Tokens with many claims, and headers that nobody reads (RFC 7515 4), are fine."""

    max_header_length = 16_384
    max_payload_length = MAX_BYTES

    def __init__(self, algorithms: frozenset[str]) -> None:
        super().__init__(algorithms=algorithms, strict_check_header=False)

    def check_header(self, header: Mapping[str, Any]) -> None:
        """Check what is read of a header, and that nothing else must be understood."""
        super().check_header(
            {name: header[name] for name in ("alg", "crit") if header.get(name) is not None}
        )

    def get_alg(self, name: str) -> Any:
        """Return an allowed algorithm, without a warning about the older name of one."""
        if self.allowed is None or name not in self.allowed:
            raise JoseError("the algorithm is not allowed")
        return self.algorithms[name]


_kept: dict[str, _KeptKeys] = {}


async def verify_token(
    token: str,
    metadata: Metadata,
    client: httpx2.AsyncClient,
    *,
    code: str,
    algorithms: frozenset[str] | None = None,
) -> dict[str, Any]:
    """Return what a token says that the provider has signed, by default as it signs ID tokens.

    Raises DomainError(code) if the provider has not, and what fetching its keys raises.
    """
    registry = _Registry(metadata.algorithms if algorithms is None else algorithms)
    try:
        signed = jws.extract_compact(token.encode(), registry=registry)
        registry.check_header(signed.headers())
        algorithm = signed.headers()["alg"]
        if algorithm in SYMMETRIC:
            raise DomainError(code, reason=PROVES_NOTHING)
        registry.get_alg(algorithm)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = "It is not a token, or not signed with an algorithm that the provider lists."
        raise DomainError(code, reason=reason) from error
    keys = await _keys(metadata, client)
    if not _is_signed(signed, keys, registry):
        renewed = await _keys_anew(metadata, client, code)
        if renewed is None or not _is_signed(signed, renewed, registry):
            raise DomainError(code, reason="It is not signed by any of the provider's keys.")
    return parse_object(signed.payload or b"", name="token")


def unproved_claims(token: str, *, code: str) -> dict[str, Any]:
    """Return what a token says, whoever has signed it; raises DomainError(code) if it is none."""
    try:
        signed = jws.extract_compact(token.encode(), registry=_Registry(ALGORITHMS))
        return parse_object(signed.payload or b"", name="token")
    except (DomainError, JoseError, ValueError, TypeError, RecursionError) as error:
        raise DomainError(code, reason="It is not a token.") from error


async def _keys(metadata: Metadata, client: httpx2.AsyncClient) -> list[Key]:
    now = time.monotonic()
    kept = _kept.get(metadata.jwks_uri)
    if kept is not None and now - kept.fetched_at <= LIFETIME:
        return kept.keys
    keys = await fetch_keys(metadata, client)
    early = {} if kept is None else kept.early
    _kept[metadata.jwks_uri] = _KeptKeys(keys, now, early)
    return keys


async def _keys_anew(metadata: Metadata, client: httpx2.AsyncClient, code: str) -> list[Key] | None:
    """Fetch the keys early, or return None when that was done too often."""
    now = time.monotonic()
    kept = _kept[metadata.jwks_uri]
    early = [at for at in kept.early.get(code, []) if now - at < MINUTE]
    kept.early[code] = early
    if len(early) >= EARLY_FETCHES:
        logger.warning("Tokens do not fit the keys of %s, fetched just now", metadata.issuer)
        return None
    early.append(now)
    kept.keys = await fetch_keys(metadata, client)
    kept.fetched_at = now
    return kept.keys


async def fetch_keys(metadata: Metadata, client: httpx2.AsyncClient) -> list[Key]:
    """Return the keys that a provider publishes; raises DomainError and what httpx2 raises."""
    document = await fetch_object(client, metadata.jwks_uri, name="list of keys")
    keys = document.get("keys")
    if not isinstance(keys, list):
        raise malformed("Its list of keys is empty.")
    return [key for key in keys if isinstance(key, dict)]


def _is_signed(signed: jws.CompactSignature, keys: list[Key], registry: _Registry) -> bool:
    for key in _candidates(signed.headers(), keys):
        try:
            if _is_weak(key):
                continue
            material = {name: value for name, value in key.items() if name in MATERIAL}
            if jws.validate_compact(signed, jwk.import_key(material), registry=registry):
                return True
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue  # It has another curve, or is broken: it did not sign this.
    return False


def _is_weak(key: Key) -> bool:
    if key["kty"] != "RSA":
        return False
    modulus = int.from_bytes(urlsafe_b64decode(key["n"].encode()), "big")
    return modulus.bit_length() < MIN_RSA_BITS


def _candidates(header: Mapping[str, Any], keys: list[Key]) -> Iterator[Key]:
    name = header.get("kid")
    fitting = (
        key
        for key in keys
        if is_for(key, header["alg"]) and (name is None or key.get("kid", name) == name)
    )
    for _, key in zip(range(MOST_KEYS), fitting, strict=False):
        yield key


def is_for(key: Key, algorithm: str) -> bool:
    """Say whether a key is meant for signatures of an algorithm (RFC 7517 4)."""
    return (
        key.get("kty") == KEY_TYPES[algorithm[:2]]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )
