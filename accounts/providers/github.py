"""Sign in with GitHub, or with a GitHub Enterprise server (accounts.md 2.19).

GitHub speaks OAuth 2.0 with PKCE and no OpenID: who somebody is, its API tells. Its token endpoint
answers refusals with 200 and an `error`.
"""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from django.conf import settings
from django.utils import timezone

from accounts.providers.calls import LimitedTransport, tls
from accounts.providers.configuration import GITHUB, GithubConfig
from accounts.providers.github_api import (
    UNREADABLE,
    GithubApi,
    UnusableError,
    is_small_text,
    read,
    reason_of,
)
from accounts.providers.github_people import identity_of, require_membership, require_team
from accounts.providers.identity import Identity, Proof, Tokens
from coderauth.errors import DomainError
from scopes.models import LoginType

SCOPES = ("read:user", "read:org", "user:email")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Seconds between two polls when GitHub names none (RFC 8628 3.2).
INTERVAL = 5
LONGEST = timedelta(days=3650)
# What GitHub and RFC 6749 and 8628 refuse with. Nothing else is passed on: it may quote a code.
REFUSALS = frozenset(
    {
        "access_denied", "authorization_pending", "bad_refresh_token", "bad_verification_code",
        "device_flow_disabled", "expired_token", "incorrect_client_credentials",
        "incorrect_device_code", "invalid_client", "invalid_grant", "invalid_request",
        "invalid_scope", "redirect_uri_mismatch", "server_error", "slow_down",
        "temporarily_unavailable", "unauthorized_client", "unsupported_grant_type",
        "unverified_user_email",
    }
)  # fmt: skip


class GithubProvider:
    """The one provider of its login type."""

    login_type = LoginType.GITHUB
    id = GITHUB
    label = "GitHub"
    icon_url = ""
    signups_disabled_text = ""

    def __init__(self, config: GithubConfig) -> None:
        self.config = config

    @property
    def allow_signups(self) -> bool:
        return self.config.allow_signups

    @property
    def redirect_uri(self) -> str:
        return f"{settings.ACCESS_URL}/api/v2/users/oauth2/github/callback"

    async def authorize_url(self, *, state: str, nonce: str, verifier: str) -> str:
        """Return GitHub's page to sign in, or ours for the device flow. Calls nobody."""
        if self.config.device_flow:
            return f"/login/device?{urlencode({'state': state})}"
        query = {
            "client_id": self.config.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "state": state,
            "access_type": "offline",
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        if not self.config.allow_signups:
            query["allow_signup"] = "false"  # Of GitHub itself: who is new there is new here.
        return f"{self.config.base_url}/login/oauth/authorize?{urlencode(query)}"

    async def identify(self, proof: Proof) -> Identity:
        """Return whose code it is; in the device flow it is the device's (RFC 8628 3.4).

        Raises DomainError("code_exchange_failed") with GitHub's error as detail: who polls for a
        device reads it there. The checks come in the order of accounts.md 2.19.
        """
        async with self._client() as client:
            tokens = await self._exchange(client, proof)
            api = GithubApi(client, self.config.api_url, tokens.access_token)
            organizations = await require_membership(api, self.config)
            profile = await api.profile()
            await require_team(api, self.config, organizations, profile)
            emails = await api.emails()
        return identity_of(self.config, profile, emails, tokens)

    async def refresh(self, refresh_token: str) -> Tokens:
        """Renew the tokens of a GitHub App whose tokens expire; those of OAuth apps never do."""
        async with self._client() as client:
            answer = client.refresh_token(self._token_url, refresh_token=refresh_token)
            return await _tokens(answer, "refresh_failed")

    async def device_authorize(self) -> dict[str, Any]:
        """Have GitHub issue a code to be typed there (RFC 8628 3.1); returns GitHub's answer."""
        url = f"{self.config.base_url}/login/device/code"
        data = {"client_id": self.config.client_id, "scope": " ".join(SCOPES)}
        async with self._client() as client:
            try:
                response = await client.post(
                    url, data=data, headers={"Accept": "application/json"}, auth=None
                )
                return _device(read(response))
            except UNREADABLE as error:
                raise DomainError("device_flow_failed", reason=reason_of(error)) from error

    async def _exchange(self, client: AsyncOAuth2Client, proof: Proof) -> Tokens:
        if self.config.device_flow:
            grant = {"grant_type": DEVICE_GRANT, "device_code": proof.code}
        else:
            grant = {
                "grant_type": "authorization_code",
                "code": proof.code,
                "code_verifier": proof.verifier,
            }
        answer = client.fetch_token(self._token_url, **grant)
        return await _tokens(answer, "code_exchange_failed")

    @property
    def _token_url(self) -> str:
        return f"{self.config.base_url}/login/oauth/access_token"

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self.config.client_id,
            client_secret=self.config.client_secret,
            token_endpoint_auth_method="client_secret_post"
            if self.config.client_secret
            else "none",
            redirect_uri=self.redirect_uri,
            transport=LimitedTransport(verify=tls()),
            timeout=settings.PROVIDER_TIMEOUT.total_seconds(),
        )


async def _tokens(answer: Coroutine[Any, Any, Any], refusal: str) -> Tokens:
    """Read the token endpoint's answer; raises DomainError(refusal), or says that it is garbage."""
    try:
        return _read_tokens(await answer)
    except OAuthError as error:
        told = str(error.error)
        reason = told if told in REFUSALS else "GitHub refused it."
        raise DomainError(refusal, reason=reason, provider=GithubProvider.label) from error
    except UNREADABLE as error:
        raise DomainError("provider_malformed", reason=reason_of(error)) from error


def _read_tokens(answer: Any) -> Tokens:
    """Raise one of UNREADABLE for what cannot be kept, or sent back in a header."""
    access, refresh = answer.get("access_token"), answer.get("refresh_token") or ""
    if not is_small_text(access) or (refresh and not is_small_text(refresh)):
        raise UnusableError("There is no token in it.")
    seconds = answer.get("expires_in")
    expires_at = None
    if seconds:
        lifetime = timedelta(seconds=int(seconds))
        expires_at = timezone.now() + min(lifetime, LONGEST)
    return Tokens(access_token=access, refresh_token=refresh, expires_at=expires_at)


def _device(answer: Any) -> dict[str, Any]:
    """Return the fields of RFC 8628 3.2 that clients know; raises one of UNREADABLE."""
    known = {name: answer[name] for name in ("device_code", "user_code", "verification_uri")}
    known["expires_in"] = answer["expires_in"]
    known["interval"] = answer.get("interval", INTERVAL)
    texts, numbers = [*known.values()][:3], [*known.values()][3:]
    if not all(is_small_text(text) for text in texts):
        raise UnusableError("Its codes are not texts.")
    if not all(type(number) is int and 0 < number < 100_000 for number in numbers):
        raise UnusableError("Its times are not seconds.")
    # It becomes a link on a page of ours.
    if not known["verification_uri"].startswith(("https://", "http://")):
        raise UnusableError("Its address is none.")
    return known
