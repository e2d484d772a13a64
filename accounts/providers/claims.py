"""What the claims of an OIDC provider mean (OpenID Connect Core 3.1.3.7, accounts.md 2.20)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from django.conf import settings
from joserfc.errors import ClaimError, JoseError
from joserfc.jwt import JWTClaimsRegistry

from accounts import rules
from accounts.providers.answers import malformed
from accounts.providers.configuration import OidcConfig
from accounts.providers.signatures import Verified
from accounts.providers.usernames import username_from
from coderauth.errors import DomainError, Forbidden, InvalidRequest
from coderauth.http.rules import normalize_display_name

# Seconds by which the clocks of a provider and of this server may differ.
LEEWAY = 60
MAX_LINKED_ID, MAX_URL = 512, 2048
OTHER_PROVIDER = "id token issued by a different provider"
TYPES = {bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the claims describe."""

    email: str
    username: str
    name: str
    avatar_url: str
    groups: tuple[str, ...] | None
    roles: tuple[str, ...] | None


def require_id_token(token: Verified, *, config: OidcConfig, nonce: str, access_token: str) -> None:
    """Raise InvalidRequest unless an ID token was issued for us, now, and for this sign-in."""
    claims = CodeIDToken(
        token.claims,
        token.header,
        options={"aud": {"essential": True, "value": config.client_id}},
        params={"client_id": config.client_id, "nonce": nonce, "access_token": access_token},
    )
    _require_issuer(config, claims.get("iss"))
    require_subject(claims)
    try:
        claims.validate(leeway=LEEWAY)
    except ClaimError as error:
        reason = f"The claim {error.claim} of the ID token is missing, wrong or out of date."
        raise InvalidRequest("id_token_invalid", reason=reason) from error
    except (JoseError, TypeError, ValueError) as error:
        reason = "The ID token has claims of wrong types."
        raise InvalidRequest("id_token_invalid", reason=reason) from error


def require_access_token(token: Verified, *, config: OidcConfig, subject: str) -> None:
    """Raise InvalidRequest unless an access token is the provider's, for the same person.

    Its audience is the provider's own API, not us (RFC 9068 3).
    """
    if not config.skip_issuer_checks and token.claims.get("iss") != config.issuer_url:
        raise InvalidRequest("access_token_invalid", reason="Its issuer is another.")
    if token.claims.get("sub", subject) != subject:
        raise InvalidRequest("access_token_invalid", reason="It is somebody else's.")
    try:
        JWTClaimsRegistry(leeway=LEEWAY, exp={"essential": True}).validate(token.claims)
    except JoseError as error:
        raise InvalidRequest("access_token_invalid", reason="It is out of date.") from error


def require_userinfo(claims: Mapping[str, Any], *, subject: str) -> None:
    """Raise DomainError unless userinfo has the standard claims' types and is about `subject`."""
    for name in ("sub", "profile", "email"):
        if not isinstance(claims.get(name, ""), str | None):
            raise DomainError("userinfo_malformed", reason=f"Its claim {name} is not a text.")
    verified = claims.get("email_verified")
    if not isinstance(verified, bool | None) and verified not in ("true", "false"):
        raise DomainError("userinfo_malformed", reason="Its claim email_verified is no boolean.")
    # Core 5.3.2: against a token that was swapped.
    if claims.get("sub") != subject:
        raise DomainError("userinfo_failed", reason="It is about somebody else.")


def linked_id(claims: Mapping[str, Any]) -> str:
    """Return what never changes of a person; raises DomainError when it is too long to store."""
    found = f"{claims['iss']}||{claims['sub']}"
    if len(found) > MAX_LINKED_ID:
        raise malformed("Its subject identifier is too long.")
    return found


def read_person(config: OidcConfig, claims: Mapping[str, Any]) -> Person:
    """Return whom claims describe; raises in the order of accounts.md 2.20."""
    told = _text(claims, config.username_field)
    email = _email(config, claims, told)
    _require_domain(config, email)
    avatar = _text(claims, "picture")
    return Person(
        email=email,
        username=username_from(told or email),
        name=normalize_display_name(_text(claims, config.name_field)),
        avatar_url=avatar if _is_web_address(avatar) else "",
        groups=_names(claims, config.group_field),
        roles=_names(claims, config.role_field),
    )


def require_subject(claims: Mapping[str, Any]) -> None:
    """Raise InvalidRequest unless claims say who somebody is."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise InvalidRequest("subject_missing")


def _require_issuer(config: OidcConfig, issuer: Any) -> None:
    if not isinstance(issuer, str):
        raise InvalidRequest("id_token_invalid", reason="The ID token names no issuer.")
    if not config.skip_issuer_checks:
        if issuer != config.issuer_url:
            raise InvalidRequest("id_token_invalid", reason=OTHER_PROVIDER)
        return
    # Whoever may name any issuer must still not speak for a provider that is configured here.
    others = {one.issuer_url for one in settings.OIDC_PROVIDERS.values() if one.id != config.id}
    if issuer in others:
        raise InvalidRequest("id_token_invalid", reason=OTHER_PROVIDER)


def _email(config: OidcConfig, claims: Mapping[str, Any], username: str) -> str:
    if config.email_field not in claims:
        if not rules.email.accepts(username):
            raise InvalidRequest("email_missing")
        email: Any = username
    else:
        email = claims[config.email_field]
    if not isinstance(email, str):
        raise InvalidRequest("email_not_text", kind=TYPES.get(type(email), "nothing"))
    if _is_false(claims.get("email_verified")) and not config.ignore_email_verified:
        raise Forbidden("email_unverified", email=email)
    return email


def _is_false(verified: Any) -> bool:
    # Some providers send a text; a text "false" must not pass for a yes (accounts.md H11).
    if isinstance(verified, str):
        return verified.lower() == "false"
    return verified is not None and not verified


def _require_domain(config: OidcConfig, email: str) -> None:
    local, _, domain = email.rpartition("@")
    allowed = {entry.removeprefix("@").lower() for entry in config.email_domains}
    is_allowed = not allowed or domain.lower() in allowed
    # Beyond that it is the provider's to say what an address is, as long as it can be stored.
    is_address = local and domain and email.isprintable() and " " not in email
    if not is_allowed or not is_address or len(email.encode()) > rules.EMAIL_BYTES:
        raise Forbidden("email_domain_refused", email=email)


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    return found if isinstance(found, str) else ""


def _is_web_address(text: str) -> bool:
    return text.startswith(("https://", "http://")) and len(text) <= MAX_URL and text.isprintable()


def _names(claims: Mapping[str, Any], field: str) -> tuple[str, ...] | None:
    """Return what a claim of groups or roles lists, None when none is configured."""
    if not field:
        return None
    found: Any = claims.get(field)
    if found is None or isinstance(found, str):
        return (found,) if found else ()
    if not isinstance(found, list) or not _are_texts(found):
        raise malformed(f"Its claim {field} is not a list of texts.")
    return tuple(dict.fromkeys(found))


def _are_texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
