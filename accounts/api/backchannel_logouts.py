"""`/users/oidc/backchannel-logout`: an OIDC provider says who has signed out there."""

from collections.abc import Mapping
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.shapes.logouts import LogoutNotice
from accounts.sessions.provider_logout import provider_logout
from coderauth.http.documents import message
from coderauth.http.openapi import operation
from coderauth.http.viewsets import Access, ApiViewSet, Public

REFUSALS = (
    "provider_not_configured", "logout_token_invalid", "provider_down", "provider_slow",
    "provider_malformed", "provider_busy",
)  # fmt: skip
LOGGED_OUT = {"message": "Logged out!"}


class BackchannelLogoutViewSet(ApiViewSet):
    """Sessions that end because the provider's have (OpenID Connect Back-Channel Logout 1.0)."""

    access: ClassVar[dict[str, Access]] = dict.fromkeys(
        ("oidc", "numbered_oidc"), Public("the provider proves itself by the token's signature")
    )
    path_parameters: ClassVar[Mapping[str, str]] = {
        "provider": "The number of the provider's variables.",
    }

    @operation(
        "End sessions that an OIDC provider has ended",
        body=LogoutNotice,
        is_form=True,
        answers={200: message(LOGGED_OUT["message"])},
        refuses=REFUSALS,
    )
    def oidc(self, request: Request, provider: str) -> Response:
        return self._end(provider)

    @operation(
        "End sessions that one of several OIDC providers has ended",
        body=LogoutNotice,
        is_form=True,
        answers={200: message(LOGGED_OUT["message"])},
        refuses=REFUSALS,
    )
    def numbered_oidc(self, request: Request, provider: str) -> Response:
        return self._end(provider)

    def _end(self, provider: str) -> Response:
        provider_logout(provider_id=provider, token=self.form(LogoutNotice)["logout_token"])
        return Response(LOGGED_OUT)
