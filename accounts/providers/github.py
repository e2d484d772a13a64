"""Github."""

from typing import Any

from django.conf import settings

from accounts.providers.configuration import GithubConfig
from accounts.providers.identity import Identity, Proof, Tokens
from scopes.models import LoginType


class GithubProvider:
    login_type = LoginType.GITHUB

    def __init__(self, config: GithubConfig) -> None:
        self.config = config

    @property
    def id(self) -> str:
        return "github"

    @property
    def label(self) -> str:
        return "GitHub"

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

    async def device_authorize(self) -> dict[str, Any]:
        raise NotImplementedError
