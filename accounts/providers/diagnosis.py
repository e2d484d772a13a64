"""Test the configuration of an OIDC provider against the live one, and explain what is wrong."""

import secrets
import ssl
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from django.conf import settings

from accounts.providers.answers import http_options
from accounts.providers.calls import call
from accounts.providers.claim_paths import path
from accounts.providers.configuration import FIRST, OidcConfig
from accounts.providers.discovery import (
    ALGORITHMS,
    Metadata,
    document_url,
    fetch_document,
    read_metadata,
)
from accounts.providers.identity import Proof
from accounts.providers.oidc import OidcProvider
from accounts.providers.signatures import fetch_keys, is_for
from coderauth.errors import DomainError

OK, WARNING, ERROR = "ok", "warning", "error"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
# What a token endpoint answers to a code that it never issued (RFC 6749).
NO_SUCH_CODE = "invalid_grant"


@dataclass(frozen=True, slots=True)
class Finding:
    """One test and its result; `advice` says what to do when it failed."""

    check: str
    status: str
    message: str
    advice: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def provider_diagnose(config: OidcConfig) -> Iterator[Finding]:
    """Yield the findings, step by step; each step takes at most `PROVIDER_TIMEOUT`."""
    document = _attempt("discovery", lambda: _document(config))
    if isinstance(document, Finding):
        yield document
        return
    yield Finding("discovery", OK, f"{document_url(config)} answers.")
    yield _issuer(config, document)
    try:
        metadata = read_metadata(config, document)
    except DomainError as error:
        yield Finding("metadata", ERROR, error.detail, _metadata_advice(config, document))
        return
    yield Finding("metadata", OK, f"Its endpoints can be used: {', '.join(_endpoints(document))}.")
    yield from _wishes(config, document, metadata)
    for name, step in (("keys", _keys), ("credentials", _credentials), ("redirect URI", _redirect)):
        found = _attempt(name, lambda step=step: step(config, metadata))  # type: ignore[misc]
        assert isinstance(found, Finding)  # noqa: S101 (what these three return)
        yield found
    if config.signs_out:
        yield _sign_out(config, metadata)


def variable(config: OidcConfig, name: str) -> str:
    """Return the name of a variable of this provider."""
    part = "" if config.id == FIRST else f"{config.id}_"
    return f"CODERAUTH_OIDC_{part}{name}"


def _attempt(check: str, step: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Return what a step returns, or a finding that says why the step failed."""
    try:
        return call(_explained(step()))
    except DomainError as error:
        told = error.detail if error.code == "provider_malformed" else error.message
        return Finding(check, ERROR, told, _ADVICE.get(error.code, ""))
    except _UnreachableError as error:
        return Finding(check, ERROR, *error.args)


_ADVICE = {
    "provider_slow": "Is it reachable from this server? A firewall may drop what is sent to it.",
    "provider_down": "It has a failure of its own. Try again later, or ask its operator.",
}


class _UnreachableError(Exception):
    """Holds what happened and what to do."""


async def _explained(step: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await step
    except httpx2.TimeoutException:
        raise DomainError("provider_slow") from None
    except httpx2.TransportError as error:
        raise _UnreachableError(*_why(error)) from error


def _why(error: BaseException) -> tuple[str, str]:
    if isinstance(error, httpx2.ProxyError):
        return (
            f"The proxy does not lead there ({error}).",
            "See HTTPS_PROXY and NO_PROXY, and what the proxy allows.",
        )
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"Its certificate is not trusted: {cause.verify_message}.",
                "If its authority is your own, have this machine trust it (or set SSL_CERT_FILE).",
            )
        if isinstance(cause, ssl.SSLError):
            return "It does not speak TLS there.", "Is the port right, and is it https?"
        cause = cause.__cause__ or cause.__context__
    return (
        f"It cannot be reached ({error}).",
        "Check the address, DNS and firewall from this server.",
    )


async def _document(config: OidcConfig) -> dict[str, Any]:
    async with httpx2.AsyncClient(**http_options()) as client:
        return await fetch_document(config, client)


def _issuer(config: OidcConfig, document: Mapping[str, Any]) -> Finding:
    told, name = document.get("issuer"), variable(config, "ISSUER_URL")
    if told == config.issuer_url:
        return Finding("issuer", OK, f"Its issuer is {told}, as configured.")
    message = f"Its issuer is {told!r}, but {name} is {config.issuer_url!r}."
    if config.skip_issuer_checks:
        return Finding("issuer", WARNING, message, "Issuers are not checked, as configured.")
    return Finding("issuer", ERROR, message, f"Set {name} to what it says, to the letter.")


def _metadata_advice(config: OidcConfig, document: Mapping[str, Any]) -> str:
    listed = document.get("id_token_signing_alg_values_supported")
    if isinstance(listed, list) and not ALGORITHMS & {str(name) for name in listed}:
        return f"Have it sign ID tokens with one of {', '.join(sorted(ALGORITHMS))}."
    return f"Is {variable(config, 'ISSUER_URL')} right? Its endpoints must be https."


def _endpoints(document: Mapping[str, Any]) -> list[str]:
    return [str(document[name]) for name in ENDPOINTS if document.get(name)]


def _wishes(
    config: OidcConfig, document: Mapping[str, Any], metadata: Metadata
) -> Iterator[Finding]:
    """Yield whether the provider can do what we need."""
    yield Finding("algorithms", OK, f"It signs with {', '.join(sorted(metadata.algorithms))}.")
    if metadata.has_pkce:
        yield Finding("PKCE", OK, "It knows PKCE with S256.")
    else:
        told = "It does not list PKCE with S256; the nonce alone ties a code to its browser."
        yield Finding("PKCE", WARNING, told, "Switch PKCE on there, if possible.")
    scopes = dict.fromkeys(config.scopes, variable(config, "SCOPES"))
    yield _listed("scopes", document.get("scopes_supported"), scopes)
    yield _listed("claims", document.get("claims_supported"), claims_wanted(config))


def claims_wanted(config: OidcConfig) -> dict[str, str]:
    """Return the claims, and paths into claims, that are configured, and their variables."""
    named = {
        config.email_field: "EMAIL_FIELD",
        config.username_field: "USERNAME_FIELD",
        config.name_field: "NAME_FIELD",
        config.group_field: "GROUP_FIELD",
        config.role_field: "USER_ROLE_FIELD",
    }
    return {claim: variable(config, name) for claim, name in named.items() if claim}


def _listed(check: str, supported: Any, wanted: Mapping[str, str]) -> Finding:
    """Say whether a provider lists everything that is wanted; `wanted` has variables by name.

    Of a path it can list the claim that it begins with.
    """
    if not isinstance(supported, list):
        return Finding(check, OK, f"It does not list its {check}; nothing is known to be wrong.")
    missing = [name for name in wanted if not {name, *path(name)[:1]} & {*map(str, supported)}]
    if not missing:
        return Finding(check, OK, f"It lists all {check} that we ask for: {', '.join(wanted)}.")
    variables = ", ".join(dict.fromkeys(wanted[name] for name in missing))
    return Finding(
        check,
        WARNING,
        f"It does not list these {check}: {', '.join(missing)}.",
        f"Many do not list all. Sign in once and add --people to see, or see {variables}.",
    )


def _sign_out(config: OidcConfig, metadata: Metadata) -> Finding:
    if metadata.end_session_endpoint:
        told = f"It has a page to sign out. The address to return to is {settings.ACCESS_URL}/login"
        return Finding("sign-out", OK, told)
    told = "It has no page to sign out (end_session_endpoint): people stay signed in there."
    return Finding("sign-out", WARNING, told, f"See {variable(config, 'RP_INITIATED_LOGOUT')}.")


async def _keys(config: OidcConfig, metadata: Metadata) -> Finding:
    async with httpx2.AsyncClient(**http_options()) as client:
        keys = await fetch_keys(metadata, client)
    usable = [key for key in keys if any(is_for(key, name) for name in metadata.algorithms)]
    if usable:
        return Finding(
            "keys", OK, f"{len(usable)} of the {len(keys)} keys it publishes can be used."
        )
    told = f"None of its {len(keys)} published keys is for the algorithms it lists."
    return Finding("keys", ERROR, told, "Nobody can sign in until its operator fixes that.")


async def _credentials(config: OidcConfig, metadata: Metadata) -> Finding:
    """Ask for tokens with a made-up code: the error says whether the provider knows us."""
    code = f"check-oidc-{secrets.token_hex(8)}"
    proof = Proof(code=code, verifier=secrets.token_hex(32), nonce="")
    async with OidcProvider(config).client() as client:
        error = await client.error_of(metadata, proof)
        method = client.token_endpoint_auth_method.removeprefix("client_secret_")
    if error == NO_SUCH_CODE:
        told = f"It knows our client id and secret (sent by the method {method})."
        return Finding("credentials", OK, told)
    if error in {"invalid_client", "unauthorized_client"}:
        names = f"{variable(config, 'CLIENT_ID')} and {variable(config, 'CLIENT_SECRET')}"
        told = f"It does not accept our client id and secret ({error}, method {method})."
        return Finding("credentials", ERROR, told, f"Copy {names} from the provider again.")
    told = f"It cannot be told whether it knows our client: it answered {error or 'no error'!r}."
    return Finding("credentials", WARNING, told, "Sign in once to see.")


async def _redirect(config: OidcConfig, metadata: Metadata) -> Finding:
    """Ask for a sign-in as a browser would, and see whether the provider accepts the request."""
    provider = OidcProvider(config)
    register = f"Register {provider.redirect_uri} as redirect URI of the client there."
    async with provider.client() as client:
        url = provider.authorize_url_at(
            client, metadata, state="check", nonce="check", verifier=secrets.token_hex(32)
        )
        answer = await client.send(client.build_request("GET", url))
    if answer.status_code >= httpx2.codes.BAD_REQUEST:
        told = f"It refuses to sign anybody in for us (status {answer.status_code})."
        return Finding("redirect URI", ERROR, told, register)
    location = answer.headers.get("Location", "")
    if location.startswith(provider.redirect_uri):
        error = parse_qs(urlsplit(location).query).get("error", ["no error"])[0]
        told = f"It answers {error[:64]!r} when somebody is to sign in."
        return Finding("redirect URI", WARNING, told, "Sign in once to see.")
    told = f"It accepts our request. The redirect URI is {provider.redirect_uri}"
    return Finding("redirect URI", OK, told, "")
