"""Check and read the claims of an OIDC provider (OIDC Core 3.1.3.7, accounts.md 2.20)."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from accounts import rules
from accounts.providers.answers import malformed
from accounts.providers.claim_paths import claim
from accounts.providers.configuration import OidcConfig
from accounts.providers.usernames import username_from
from coderauth.errors import DomainError, Forbidden, InvalidRequest
from coderauth.folding import fold
from coderauth.http.rules import normalize_display_name

logger = logging.getLogger(__name__)

# Seconds by which the clocks of a provider and of this server may differ.
LEEWAY = 60
MAX_LINKED_ID, MAX_URL = 512, 2048
OTHER_PROVIDER = "id token issued by a different provider"
TYPES = {bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}


@dataclass(frozen=True, slots=True)
class ClaimedPerson:
    """The person whom the claims describe."""

    email: str
    username: str
    name: str
    avatar_url: str
    groups: tuple[str, ...] | None
    roles: tuple[str, ...] | None


def require_id_token(claims: Mapping[str, Any], *, config: OidcConfig, nonce: str) -> None:
    """Raise InvalidRequest unless an ID token was issued for us, now, and for this sign-in.

    Nobody reads its other claims, so whatever they are refuses nobody: `amr` as a text, several
    audiences without `azp`, which OpenID Connect Core (errata 2) does not ask for any more.
    """
    require_issuer(config, claims.get("iss"), code="id_token_invalid")
    require_subject(claims)
    if not is_for(config.client_id, claims.get("aud")):
        raise _invalid("The ID token is not for this client.")
    if not nonce or claims.get("nonce") != nonce:
        raise _invalid("The ID token belongs to another sign-in (its nonce is another).")
    require_time(claims, code="id_token_invalid")


def require_access_token(claims: Mapping[str, Any], *, config: OidcConfig, subject: str) -> None:
    """Raise InvalidRequest unless an access token is the provider's, for the same person.

    Its audience is the provider's own API, not us (RFC 9068 3).
    """
    if not config.skip_issuer_checks and claims.get("iss") not in config.issuers:
        raise InvalidRequest("access_token_invalid", reason="It has another issuer.")
    if claims.get("sub", subject) != subject:
        raise InvalidRequest("access_token_invalid", reason="It is somebody else's.")
    require_time(claims, code="access_token_invalid")


def issuer_of(config: OidcConfig, claims: Mapping[str, Any]) -> str:
    """Return a token's issuer as it is configured, however it is spelled there."""
    issuer: str = claims["iss"]
    return config.issuer_url if issuer in config.issuers else issuer


def linked_id(config: OidcConfig, claims: Mapping[str, Any]) -> str:
    """Return the id that a person keeps; raises DomainError when it is too long to store."""
    found = f"{issuer_of(config, claims)}||{claims['sub']}"
    if len(found) > MAX_LINKED_ID:
        raise malformed("Its subject identifier is too long.")
    return found


def session_of(config: OidcConfig, claims: Mapping[str, Any]) -> str:
    """Return what tells a session at the provider from all others, or nothing if it has no name.

    A digest: a provider may name its sessions as long as it likes.
    """
    name = claims.get("sid")
    if not isinstance(name, str) or not name:
        return ""
    return sha256(f"{issuer_of(config, claims)}||{name}".encode("utf-8", "replace")).hexdigest()


def read_person(config: OidcConfig, claims: Mapping[str, Any]) -> ClaimedPerson:
    """Return the identity that claims describe; raises in the order of accounts.md 2.20."""
    told = _text(claim(claims, config.username_field))
    email = _email(config, claims, told)
    _require_domain(config, email)
    avatar = _text(claims.get("picture"))
    return ClaimedPerson(
        email=email,
        username=username_from(told or email),
        name=normalize_display_name(_text(claim(claims, config.name_field))),
        avatar_url=avatar if _is_web_address(avatar) else "",
        groups=_names(config, claims, config.group_field),
        roles=_names(config, claims, config.role_field),
    )


def require_subject(claims: Mapping[str, Any]) -> None:
    """Raise InvalidRequest unless claims say who somebody is."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise InvalidRequest("subject_missing")


def is_for(client_id: str, audience: Any) -> bool:
    """Say whether a client is the audience of a token, or one of several."""
    return client_id in audience if isinstance(audience, list) else audience == client_id


def require_time(claims: Mapping[str, Any], *, code: str, ends: bool = True) -> None:
    """Raise DomainError for a token whose time is over, or has not come; `ends`: it says when."""
    times = {name: claims[name] for name in ("exp", "nbf") if name in claims}
    try:
        JWTClaimsRegistry(leeway=LEEWAY, exp={"essential": ends}).validate(times)
    except JoseError as error:
        reason = "It has expired or is not valid yet; clocks may differ by a minute."
        raise DomainError(code, reason=reason) from error


def require_issuer(config: OidcConfig, issuer: Any, *, code: str) -> None:
    """Raise DomainError(code) unless a token may come from this provider."""
    if not isinstance(issuer, str):
        raise DomainError(code, reason="It names no issuer.")
    if not config.skip_issuer_checks:
        if issuer not in config.issuers:
            raise DomainError(code, reason=OTHER_PROVIDER)
        return
    # A provider that may name any issuer must still not speak for another configured one.
    others = [one for one in settings.OIDC_PROVIDERS.values() if one.id != config.id]
    if any(issuer in one.issuers for one in others):
        raise DomainError(code, reason=OTHER_PROVIDER)


def _invalid(reason: str) -> InvalidRequest:
    return InvalidRequest("id_token_invalid", reason=reason)


def _email(config: OidcConfig, claims: Mapping[str, Any], username: str) -> str:
    email = claim(claims, config.email_field)
    if email is None:
        if not rules.known_email.accepts(username):
            raise InvalidRequest("email_missing")
        email = username
    if not isinstance(email, str):
        raise InvalidRequest("email_not_text", kind=TYPES[type(email)])
    if _is_false(claims.get("email_verified")) and not config.ignore_email_verified:
        raise Forbidden("email_unverified", email=email)
    return email


def _is_false(verified: Any) -> bool:
    # Some providers send a text; "false" must not pass for true (accounts.md H11).
    if isinstance(verified, str):
        return verified.lower() == "false"
    return verified is not None and not verified


def _require_domain(config: OidcConfig, email: str) -> None:
    domain = fold(email.rpartition("@")[2])
    allowed = {fold(entry.removeprefix("@")) for entry in config.email_domains}
    if (allowed and domain not in allowed) or not rules.known_email.accepts(email):
        raise Forbidden("email_domain_refused", email=email)


def _text(found: Any) -> str:
    return found if isinstance(found, str) else ""


def _is_web_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and len(text) <= MAX_URL and text.isprintable()


def _names(config: OidcConfig, claims: Mapping[str, Any], field: str) -> tuple[str, ...] | None:
    """Return what a claim of groups or roles lists; None if no claim is configured."""
    if not field:
        return None
    found = claim(claims, field)
    if found is None:
        _tell_of_absence(config, claims, field)
        return ()
    if isinstance(found, str):
        return (found,) if found else ()
    # By name, with what Zitadel knows of each.
    if isinstance(found, dict) and all(isinstance(one, dict) for one in found.values()):
        return tuple(found)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise malformed(f"Its claim {field} is not a list of texts.")
    return tuple(dict.fromkeys(found))


def _tell_of_absence(config: OidcConfig, claims: Mapping[str, Any], field: str) -> None:
    """Log that a list is not there; there are providers that leave out an empty one."""
    elsewhere = claims.get("_claim_names")
    if isinstance(elsewhere, dict) and field in elsewhere:
        # Entra, for more than 200 groups (Core 5.6.2).
        logger.warning("Provider %s sends a link instead of the claim %s", config.id, field)
    else:
        logger.info("Provider %s sends somebody without the claim %s", config.id, field)
