"""Exchange codes and refresh tokens for tokens, at the token endpoint (RFC 6749 4.1.3, 6)."""

import base64
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from accounts.providers.answers import malformed, parse_object
from accounts.providers.configuration import BASIC, POST
from accounts.providers.discovery import Metadata
from accounts.providers.identity import Proof, Tokens
from coderauth.errors import DomainError, InvalidRequest

NAME = "token endpoint"
MAX_LIFETIME = 10 * 365 * 86_400  # Seconds.
# A token is sent in a header: visible ASCII (RFC 6749 A.12).
TOKEN = re.compile(r"[!-~]+")
# Our words for the codes of RFC 6749 5.2; the provider's own may quote what was sent.
REASONS = {
    "invalid_grant": "The code was already used, is too old or not for us. Please sign in again.",
    "invalid_client": "The provider does not know our client id and secret. "
    "An administrator should run `manage.py check_oidc`.",
    "unauthorized_client": "The provider does not let this client sign people in. "
    "An administrator should run `manage.py check_oidc`.",
    "invalid_scope": "The provider does not know the scopes that are configured.",
}
# Answered to clients that prove themselves wrongly (RFC 6749 5.2), by Keycloak too with the second.
UNKNOWN_CLIENT = frozenset({"invalid_client", "unauthorized_client"})
# Only who knows the client says that.
CODE_REFUSED = "invalid_grant"
REFUSED = (
    "The provider refused it. Please sign in again; if that does not help, ask an administrator."
)


# How this process last got through, by token endpoint and client.
_learned: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Granted:
    """What the token endpoint gave for a code."""

    tokens: Tokens
    id_token: str = field(repr=False)


class TokenClient(AsyncOAuth2Client):  # type: ignore[misc]  # Authlib has no types.
    """Authlib's client, but answers are read like all others of a provider."""

    def __init__(self, *, chosen_auth: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.register_client_auth_method((BASIC, _basic))
        self._chosen_auth = chosen_auth

    async def exchange(self, metadata: Metadata, proof: Proof) -> Granted:
        """Return the tokens for a code; raises DomainError and what httpx2 raises."""
        try:
            answer = await self._redeem(metadata, proof)
        except OAuthError as error:
            raise _refused(error) from None
        return Granted(read_tokens(answer), id_token=_text(answer, "id_token"))

    async def error_of(self, metadata: Metadata, proof: Proof) -> str:
        """Return the error with which a made-up code is refused, or an empty text."""
        try:
            await self._redeem(metadata, proof)
        except OAuthError as error:
            return str(error.error)
        return ""

    async def renew(self, metadata: Metadata, refresh_token: str) -> Tokens:
        """Return new tokens for a refresh token, which stays unless the provider rotates it."""

        async def ask() -> Any:
            # No scopes: to ask for one that was not granted at first is refused (RFC 6749 6).
            return await self.refresh_token(
                metadata.token_endpoint, refresh_token=refresh_token, scope=""
            )

        try:
            return read_tokens(await self._as_known_client(metadata, ask))
        except OAuthError as error:
            raise _refused(error) from None

    async def _redeem(self, metadata: Metadata, proof: Proof) -> Any:
        more = {"code_verifier": proof.verifier} if metadata.has_pkce else {}

        async def ask() -> Any:
            return await self.fetch_token(
                metadata.token_endpoint, grant_type="authorization_code", code=proof.code, **more
            )

        return await self._as_known_client(metadata, ask)

    async def _as_known_client(self, metadata: Metadata, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Ask, and once more with the secret sent the other way if the provider does not know us.

        Metadata lists what a provider can do and not what this client is registered for. The way
        that worked is kept, unless one is configured. Raises OAuthError, the first of two.
        """
        place = (metadata.token_endpoint, self.client_id)
        self.token_endpoint_auth_method = self._chosen_auth or _learned.get(
            place, metadata.client_auth
        )
        try:
            return await ask()
        except OAuthError as first:
            if self._chosen_auth or first.error not in UNKNOWN_CLIENT:
                raise
            used = self.token_endpoint_auth_method
            self.token_endpoint_auth_method = POST if used == BASIC else BASIC
            try:
                answer = await ask()
            except (OAuthError, DomainError) as second:
                if getattr(second, "error", "") != CODE_REFUSED:
                    self.token_endpoint_auth_method = used
                    raise first from None
                _learned[place] = self.token_endpoint_auth_method
                raise
            _learned[place] = self.token_endpoint_auth_method
            return answer

    def parse_response_token(self, resp: httpx2.Response) -> Any:
        """Read and check an answer of the token endpoint; Authlib itself trusts it."""
        if resp.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise DomainError("provider_down")
        if resp.status_code == httpx2.codes.UNAUTHORIZED:
            raise OAuthError(error=_error_of_unauthorized(resp.content))
        answer = parse_object(resp.content, name=NAME)
        code = answer.get("error")
        is_refusal = "access_token" not in answer and code is not None
        if code or is_refusal or resp.status_code == httpx2.codes.BAD_REQUEST:
            raise OAuthError(error=code if isinstance(code, str) else "")
        if resp.status_code != httpx2.codes.OK:
            raise malformed(f"Its {NAME} answered with status {resp.status_code}.")
        lifetime = answer.pop("expires_in", 0)
        self.token = {**answer, "expires_at": _expiry(lifetime)}
        return self.token


def read_tokens(answer: dict[str, Any]) -> Tokens:
    """Return the tokens of an answer of the token endpoint; raises DomainError."""
    access_token = _text(answer, "access_token")
    if not access_token:
        raise malformed(f"Its {NAME} gave no access token.")
    kind = _text(answer, "token_type")
    if kind and kind.lower() != "bearer":
        raise malformed(f"Its {NAME} gave a token that is not a bearer token.")
    expires_at = answer.get("expires_at")
    return Tokens(
        access_token=access_token,
        refresh_token=_text(answer, "refresh_token"),
        expires_at=None if expires_at is None else datetime.fromtimestamp(expires_at, UTC),
    )


def _text(answer: dict[str, Any], name: str) -> str:
    found = answer.get(name)
    if found is None or found == "":
        return ""
    if not isinstance(found, str) or not TOKEN.fullmatch(found):
        raise malformed(f"Its {NAME} gave a {name} that is not valid.")
    return found


def _refused(error: OAuthError) -> InvalidRequest:
    return InvalidRequest("code_exchange_failed", reason=REASONS.get(error.error, REFUSED))


def _error_of_unauthorized(content: bytes) -> str:
    """Return what a 401 is about: us (RFC 6749 5.2), unless it says better, in JSON or not."""
    with suppress(DomainError):
        code = parse_object(content, name=NAME).get("error")
        if isinstance(code, str) and code in REASONS:
            return code
    return "invalid_client"


def _expiry(seconds: Any) -> int | None:
    """Return when a token expires, None for never; some providers send the number as text."""
    try:
        lifetime = min(int(seconds), MAX_LIFETIME)
    except (TypeError, ValueError, OverflowError) as error:
        raise malformed(f"Its {NAME} gave a lifetime that is not valid.") from error
    return int(time.time()) + max(lifetime, 0) if lifetime else None


def _basic(client: Any, method: str, uri: str, headers: Any, body: Any) -> tuple[str, Any, Any]:
    """Encode id and secret each, as RFC 6749 2.3.1 demands; Authlib does not."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return uri, headers, body
