"""Sign in with GitHub, or with a GitHub Enterprise server (accounts.md 2.19).

GitHub speaks OAuth 2.0 with PKCE, but not OpenID: its API says who somebody is. Its token endpoint
refuses with 200 and an `error`.
"""

from typing import Any
from urllib.parse import urlencode

import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings

from accounts.providers.answers import HEADERS, http_options
from accounts.providers.configuration import GITHUB
from accounts.providers.github_api import (
    UNREADABLE,
    GithubApi,
    UnusableError,
    is_small_text,
    read,
    reason_of,
)
from accounts.providers.github_configuration import GithubConfig
from accounts.providers.github_people import identity_of, require_membership, require_team
from accounts.providers.identity import Identity, Proof, Tokens
from accounts.providers.token_endpoint import TokenClient, read_tokens
from coderauth.errors import DomainError, InvalidRequest
from scopes.models import LoginType

SCOPES = ("read:user", "read:org", "user:email")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Seconds between two polls when GitHub names none (RFC 8628 3.2).
INTERVAL = 5
# A browser keeps these texts in a cookie, which must be smaller than 4 kB.
LONGEST = 512
# The errors of GitHub and of RFC 6749 and 8628. Others are not passed on: they may quote a code.
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
        """Return GitHub's sign-in page, or ours for the device flow. Makes no call."""
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
            # About accounts at GitHub itself: people who are new there are new here.
            query["allow_signup"] = "false"
        return f"{self.config.base_url}/login/oauth/authorize?{urlencode(query)}"

    async def identify(self, proof: Proof) -> Identity:
        """Return whose code it is; in the device flow it is the device code (RFC 8628 3.4).

        Raises DomainError("code_exchange_failed") with GitHub's error as detail, for clients that
        poll. The checks come in the order of accounts.md 2.19.
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
        """Renew the tokens of a GitHub App whose tokens expire; those of OAuth apps do not."""
        try:
            async with self._client() as client:
                answer = await client.refresh_token(self._token_url, refresh_token=refresh_token)
                return read_tokens(answer)
        except OAuthError as error:
            reason = _told(error)
        except DomainError as error:
            reason = error.detail or error.message
        except httpx2.HTTPError:
            reason = "GitHub cannot be reached."
        raise DomainError("refresh_failed", provider=self.label, reason=reason)

    async def device_authorize(self) -> dict[str, Any]:
        """Ask GitHub for a code to type there (RFC 8628 3.1); return its answer."""
        url = f"{self.config.base_url}/login/device/code"
        data = {"client_id": self.config.client_id, "scope": " ".join(SCOPES)}
        async with self._client() as client:
            try:
                response = await client.post(url, data=data, headers=HEADERS, auth=None)
                return _device(read(response))
            except UNREADABLE as error:
                raise DomainError("device_flow_failed", reason=reason_of(error)) from error

    async def _exchange(self, client: TokenClient, proof: Proof) -> Tokens:
        if self.config.device_flow:
            grant = {"grant_type": DEVICE_GRANT, "device_code": proof.code}
        else:
            grant = {
                "grant_type": "authorization_code",
                "code": proof.code,
                "code_verifier": proof.verifier,
            }
        try:
            return read_tokens(await client.fetch_token(self._token_url, **grant))
        except OAuthError as error:
            raise InvalidRequest("code_exchange_failed", reason=_told(error)) from None

    @property
    def _token_url(self) -> str:
        return f"{self.config.base_url}/login/oauth/access_token"

    def _client(self) -> TokenClient:
        return TokenClient(
            client_id=self.config.client_id,
            client_secret=self.config.client_secret,
            token_endpoint_auth_method="client_secret_post"
            if self.config.client_secret
            else "none",
            redirect_uri=self.redirect_uri,
            **http_options(),
        )


def _told(error: OAuthError) -> str:
    return error.error if error.error in REFUSALS else "GitHub refused it."


def _device(answer: Any) -> dict[str, Any]:
    """Return the fields of RFC 8628 3.2 that clients know; raises one of UNREADABLE."""
    known = {name: answer[name] for name in ("device_code", "user_code", "verification_uri")}
    known["expires_in"] = answer["expires_in"]
    known["interval"] = answer.get("interval", INTERVAL)
    texts, numbers = [*known.values()][:3], [*known.values()][3:]
    if not all(is_small_text(text) and len(text) <= LONGEST for text in texts):
        raise UnusableError("Its codes are not texts.")
    if not all(type(number) is int and 0 < number < 100_000 for number in numbers):
        raise UnusableError("Its times are not seconds.")
    # It becomes a link on a page of ours.
    if not known["verification_uri"].startswith(("https://", "http://")):
        raise UnusableError("Its address is not a URL.")
    return known
