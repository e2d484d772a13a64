"""Sign in with an OIDC provider: the authorization code flow with PKCE and a nonce."""

from collections.abc import Mapping
from typing import Any

import httpx2
from authlib.common.urls import add_params_to_uri
from django.conf import settings

from accounts.providers.answers import http_options
from accounts.providers.claims import (
    linked_id,
    read_person,
    require_access_token,
    require_id_token,
    session_of,
)
from accounts.providers.configuration import FIRST, OidcConfig
from accounts.providers.discovery import Metadata, provider_metadata
from accounts.providers.identity import Identity, Proof, Tokens
from accounts.providers.logout_tokens import Logout, verify_logout
from accounts.providers.signatures import verify_token
from accounts.providers.token_endpoint import Granted, TokenClient
from accounts.providers.userinfo import fetch_userinfo
from coderauth.errors import DomainError, InvalidRequest
from scopes.models import LoginType

NAME = "OpenID Connect"
# Servers refuse addresses that are much longer.
LONGEST_HINT = 4096


class OidcProvider:
    """One configured provider (`accounts.providers.identity.Provider`)."""

    login_type = LoginType.OIDC

    def __init__(self, config: OidcConfig) -> None:
        self.config = config

    @property
    def id(self) -> str:
        return self.config.id

    @property
    def label(self) -> str:
        return self.config.sign_in_text

    @property
    def icon_url(self) -> str:
        return self.config.icon_url

    @property
    def allow_signups(self) -> bool:
        return self.config.allow_signups

    @property
    def signups_disabled_text(self) -> str:
        return self.config.signups_disabled_text

    @property
    def path(self) -> str:
        """Return where a sign-in begins, and ends."""
        part = "" if self.id == FIRST else f"/{self.id}"
        return f"/api/v2/users/oidc{part}/callback"

    @property
    def redirect_uri(self) -> str:
        return f"{settings.ACCESS_URL}{self.path}"

    async def authorize_url(self, *, state: str, nonce: str, verifier: str) -> str:
        async with self.client() as client:
            metadata = await provider_metadata(self.config, client)
            return self.authorize_url_at(
                client, metadata, state=state, nonce=nonce, verifier=verifier
            )

    def authorize_url_at(
        self, client: TokenClient, metadata: Metadata, *, state: str, nonce: str, verifier: str
    ) -> str:
        """Return where a browser signs in, by the provider's metadata."""
        client.code_challenge_method = "S256" if metadata.has_pkce else None
        url, _ = client.create_authorization_url(
            metadata.authorization_endpoint, state=state, code_verifier=verifier, nonce=nonce
        )
        whole: str = add_params_to_uri(url, self.config.authorize_params.items())
        return whole

    async def identify(self, proof: Proof) -> Identity:
        async with self.client() as client:
            metadata = await provider_metadata(self.config, client)
            self._require_answer_of(metadata, proof.issuer)
            granted = await client.exchange(metadata, proof)
            if not granted.id_token:
                raise InvalidRequest("id_token_missing")
            claims = await verify_token(granted.id_token, metadata, client, code="id_token_invalid")
            access_token = granted.tokens.access_token
            require_id_token(claims, config=self.config, nonce=proof.nonce)
            sources = await self._more_claims(client, metadata, claims, access_token)
        return self._identity(granted, claims, sources)

    async def read_logout(self, token: str) -> Logout:
        """Return whom the provider signs out, by a logout token; raises DomainError."""
        async with self.client() as client:
            metadata = await provider_metadata(self.config, client)
            return await verify_logout(self.config, metadata, client, token)

    async def sign_out_url(self, id_token: str) -> str:
        """Return where a browser signs out there, or nothing when the provider has no such page.

        `id_token` tells whose session it is; without one the provider asks (RP-Initiated Logout 2).
        """
        async with self.client() as client:
            metadata = await provider_metadata(self.config, client)
        if not metadata.end_session_endpoint:
            return ""
        told = {
            "id_token_hint": id_token if len(id_token) <= LONGEST_HINT else "",
            "client_id": self.config.client_id,
            "post_logout_redirect_uri": f"{settings.ACCESS_URL}/login",
        }
        query = [(name, value) for name, value in told.items() if value]
        url: str = add_params_to_uri(metadata.end_session_endpoint, query)
        return url

    async def refresh(self, refresh_token: str) -> Tokens:
        try:
            async with self.client() as client:
                metadata = await provider_metadata(self.config, client)
                tokens: Tokens = await client.renew(metadata, refresh_token)
                return tokens
        except DomainError as error:
            reason = error.detail or error.message
            raise DomainError("refresh_failed", provider=NAME, reason=reason) from error
        except httpx2.HTTPError as error:
            reason = "The provider cannot be reached."
            raise DomainError("refresh_failed", provider=NAME, reason=reason) from error

    def client(self) -> TokenClient:
        """Return a new HTTP client for one sign-in."""
        return TokenClient(
            client_id=self.config.client_id,
            client_secret=self.config.client_secret,
            scope=" ".join(self.config.scopes),
            redirect_uri=self.redirect_uri,
            chosen_auth=self.config.client_auth,
            **http_options(),
        )

    def _require_answer_of(self, metadata: Metadata, issuer: str) -> None:
        """Refuse another provider's answer before that provider sees our code (RFC 9207 2.4)."""
        if self.config.skip_issuer_checks or (not issuer and not metadata.names_itself):
            return
        if issuer != metadata.issuer and issuer not in self.config.issuers:
            raise InvalidRequest("answer_of_other_provider")

    async def _more_claims(
        self,
        client: TokenClient,
        metadata: Metadata,
        id_claims: Mapping[str, Any],
        access_token: str,
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return the claims of userinfo and of the access token; at most one of them is used."""
        subject = id_claims["sub"]
        if self.config.access_token_claims:
            claims = await verify_token(access_token, metadata, client, code="access_token_invalid")
            require_access_token(claims, config=self.config, subject=subject)
            return {}, claims
        if self.config.ignore_userinfo or not metadata.userinfo_endpoint:
            return {}, {}
        userinfo = await fetch_userinfo(
            self.config, metadata, client, access_token=access_token, subject=subject
        )
        return userinfo, {}

    def _identity(
        self,
        granted: Granted,
        id_claims: Mapping[str, Any],
        sources: tuple[Mapping[str, Any], Mapping[str, Any]],
    ) -> Identity:
        userinfo, access_claims = sources
        merged = {**access_claims, **id_claims, **userinfo}
        person = read_person(self.config, merged)
        return Identity(
            linked_id=linked_id(self.config, id_claims),
            email=person.email,
            username=person.username,
            tokens=granted.tokens,
            name=person.name,
            avatar_url=person.avatar_url,
            claims={
                "id_token_claims": dict(id_claims),
                "user_info_claims": dict(userinfo or access_claims),
                "merged_claims": merged,
            },
            groups=person.groups,
            roles=person.roles,
            session=session_of(self.config, id_claims),
            id_token=granted.id_token if self.config.signs_out else "",
        )
