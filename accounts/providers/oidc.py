"""Oidc."""

from django.conf import settings

from accounts.providers.configuration import OidcConfig
from accounts.providers.identity import Identity, Proof, Tokens
from scopes.models import LoginType


class OidcProvider:
    login_type = LoginType.OIDC

    def __init__(self, config: OidcConfig) -> None:
        self.config = config

    @property
    def id(self) -> str:
        return "oidc"

    @property
    def label(self) -> str:
        return "OpenID Connect"

    @property
    def icon_url(self) -> str:
        return ""

    @property
    def allow_signups(self) -> bool:
        return self.config.allow_signups

    @property
    def signups_disabled_text(self) -> str:
        return ""

    @property
    def redirect_uri(self) -> str:
        return f"{settings.ACCESS_URL}/api/v2/users/"

    async def authorize_url(self, *, state: str, nonce: str, verifier: str) -> str:
        raise NotImplementedError

    async def identify(self, proof: Proof) -> Identity:
        raise NotImplementedError

    async def refresh(self, refresh_token: str) -> Tokens:
        raise NotImplementedError
