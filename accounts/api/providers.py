"""`/users/oidc/callback` and `/users/oauth2/github/callback`: there and back on one route."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.documents.providers import DeviceDocument, RedirectDocument
from accounts.federation.conversion import COOKIE as CONVERSION_COOKIE
from accounts.federation.flow import Return, depart, identify, refusal_of_provider
from accounts.federation.linking import Arrival, identity_sign_in
from accounts.federation.refusal_pages import refusal_page
from accounts.people.setup import may_set_up
from accounts.providers.configuration import FIRST, GITHUB
from accounts.providers.registry import device_authorize, provider_get, uses_device_flow
from accounts.sessions.cookies import (
    OAUTH_REDIRECT,
    OAUTH_STATE,
    OAUTH_VERIFIER,
    SETUP_COOKIE,
    clear_conversion,
    clear_departure,
    set_departure,
    set_session,
)
from coderauth.errors import DomainError, SignInRefused
from coderauth.http.openapi import Action, operation
from coderauth.http.redirects import local_part
from coderauth.http.viewsets import Access, ApiViewSet, Public

ENTRY_REFUSALS = (
    "provider_not_configured", "provider_error", "state_missing", "state_cookie_missing",
    "state_mismatch", "verifier_missing",
)  # fmt: skip
REFUSALS = (
    *ENTRY_REFUSALS,
    # what the provider did wrong
    "answer_of_other_provider", "code_exchange_failed", "provider_down", "provider_slow",
    "provider_malformed", "provider_busy",
    # what OIDC says about a person
    "id_token_missing", "id_token_invalid", "access_token_invalid", "subject_missing",
    "userinfo_failed", "userinfo_malformed", "email_missing", "email_not_text",
    "email_unverified", "email_domain_refused",
    # what GitHub says about a person
    "github_organization_required", "github_team_required", "github_email_unverified",
    "github_id_missing", "github_organizations_failed", "github_user_failed",
    "github_emails_failed", "device_refused",
    # whose account it is
    "signups_disabled", "other_login_type", "other_subject", "usernames_exhausted",
    "provider_email_taken", "provider_user_suspended",
    # a conversion
    "conversion_email_mismatch", "conversion_cookie_missing", "conversion_signature",
    "conversion_unreadable", "conversion_issuer", "conversion_state", "conversion_refused",
)  # fmt: skip
# Refusals after which the browser keeps its state: it was not used, or may be used again.
KEEP_STATE = frozenset({*ENTRY_REFUSALS, "rate_limited", "limits_unavailable"})
# Refusals that are pages whatever the client accepts (accounts.md 2.21).
PAGES = frozenset({"signups_disabled", "other_login_type"})
# Refusals that lead back to the sign-in page (accounts.md 2.19, GitHub rows 1 and 2).
BACK_TO_LOGIN = frozenset({"github_organization_required", "github_team_required"})
SERVER_ERROR = 500
QUERY = {
    "code": (str, "What the provider sent back; without it, a sign-in begins."),
    "state": (str, "As the provider sent it back."),
    "redirect": (str, "Where to go afterwards: a path on this site."),
    "oidc_merge_state": (str, "The `state_string` of a conversion."),
    "iss": (str, "Which provider answers (RFC 9207)."),
    "error": (str, "The error code of the provider."),
    "error_description": (str, "The provider's description of the error."),
    "error_uri": (str, "A page about the error."),
}


def callback_of(whom: str) -> Callable[[Action], Action]:
    """Describe a callback and the start of a sign-in, which are one route."""
    return operation(
        f"Sign in with {whom}",
        description="Redirects to the provider, and receives what it sends back.",
        answers={200: RedirectDocument, 307: None},
        refuses=REFUSALS,
        query=QUERY,
        has_pages=True,
    )


class ProviderViewSet(ApiViewSet):
    """Signing in with a provider."""

    access: ClassVar[dict[str, Access]] = dict.fromkeys(
        ("oidc", "numbered_oidc", "github", "device"), Public("signing in is how one gets a key")
    )
    login_limited = frozenset(access)
    path_parameters: ClassVar[Mapping[str, str]] = {
        "provider": "The number of the provider's variables.",
    }

    @callback_of("an OIDC provider")
    def oidc(self, request: Request, provider: str) -> HttpResponse:
        return self._callback(request, provider)

    @callback_of("one of several OIDC providers")
    def numbered_oidc(self, request: Request, provider: str) -> HttpResponse:
        return self._callback(request, provider)

    @callback_of("GitHub")
    def github(self, request: Request, provider: str) -> HttpResponse:
        return self._callback(request, provider)

    def _callback(self, request: Request, provider: str) -> HttpResponse:
        found, query = provider_get(provider), request.query_params
        if query.get("error"):
            told = query.get("error_description", ""), query.get("error_uri", "")
            raise refusal_of_provider(query["error"], *told)
        if query.get("code"):
            return self._arrive(request)
        departure = depart(
            found,
            merge_state=query.get("oidc_merge_state", ""),
            redirect=query.get("redirect", ""),
        )
        response = temporary_redirect(departure.url)
        set_departure(response, departure)
        return response

    def _arrive(self, request: Request) -> HttpResponse:
        provider, query, cookies = self._provider, request.query_params, request.COOKIES
        back = Return(
            code=query["code"],
            state=query.get("state", ""),
            kept_state=cookies.get(OAUTH_STATE, ""),
            verifier=cookies.get(OAUTH_VERIFIER, ""),
            issuer=query.get("iss", ""),
        )
        arrival = Arrival(
            state=back.state,
            conversion=cookies.get(CONVERSION_COOKIE, ""),
            address=self.address,
            may_set_up=may_set_up(is_nearby=self.is_nearby, shown=cookies.get(SETUP_COOKIE, "")),
        )
        session = identity_sign_in(provider, identify(provider, back), arrival)
        response = self._welcome(request)
        set_session(response, session.secret)
        clear_departure(response)
        if session.converted:
            clear_conversion(response)
        return response

    @operation(
        "Begin to sign in with a code that is typed at GitHub",
        answers={200: DeviceDocument},
        refuses=("github_disabled", "device_flow_disabled", "device_flow_failed", "provider_busy"),
    )
    def device(self, request: Request) -> Response:
        return Response(device_authorize())

    @property
    def _provider(self) -> Any:
        return provider_get(self.kwargs["provider"])

    def _welcome(self, request: Request) -> HttpResponse:
        """Redirect to where the sign-in should lead; clients that poll only get the address."""
        path = self._destination(request)
        if uses_device_flow(self.kwargs["provider"]):
            return Response({"redirect_url": path})
        return temporary_redirect(path)

    def _destination(self, request: Request) -> str:
        kept = request.COOKIES.get(OAUTH_REDIRECT)
        wanted = request.query_params.get("redirect", "") if kept is None else kept
        return local_part(wanted) or "/"

    def _endpoint(self) -> str:
        """Name what the login limit counts: the sign-ins with each provider (accounts.md 1.13).

        Numbers that no provider has share one budget.
        """
        known = {*settings.OIDC_PROVIDERS, FIRST, GITHUB}
        name = self.kwargs.get("provider", GITHUB)
        return f"{super()._endpoint()}:{name if name in known else ''}"

    def handle_exception(self, error: Exception) -> Any:
        """Answer browsers with a page and programs with JSON (accounts.md 2.21)."""
        is_polled = uses_device_flow(self.kwargs.get("provider", ""))
        if is_polled and isinstance(error, DomainError) and error.code in BACK_TO_LOGIN:
            error = SignInRefused("device_refused", text=error.message)
        answer: HttpResponse = super().handle_exception(error)
        if not isinstance(error, DomainError) or is_polled:
            return answer
        request: HttpRequest = self.request._request  # noqa: SLF001 (DRF has no public name for it)
        if error.code in PAGES | BACK_TO_LOGIN or wants_page(request):
            answer = self._page(error, answer)
        if request.GET.get("code") and error.status < SERVER_ERROR and error.code not in KEEP_STATE:
            clear_departure(answer)
        return answer

    def _page(self, error: DomainError, answer: HttpResponse) -> HttpResponse:
        page = refusal_page(error, dict(answer.headers.items()))
        if error.code in BACK_TO_LOGIN:
            query = {"message": error.message, "redirect": self._destination(self.request)}
            page.headers["Location"] = f"/login?{urlencode(query)}"
        return page


def temporary_redirect(url: str) -> HttpResponse:
    """Answer 307, as Coder does; `url` is the provider's, or a path on this site."""
    return HttpResponse(status=307, headers={"Location": url, "Cache-Control": "no-store"})


def wants_page(request: HttpRequest) -> bool:
    """Say whether a browser asks for a page."""
    return "text/html" in request.headers.get("Accept", "")
