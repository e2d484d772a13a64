"""`/login/device`: show the code to type at GitHub, and go on once it was typed."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from accounts.federation.conversion import COOKIE as CONVERSION_COOKIE
from accounts.federation.device import Waiting, device_ask, device_begin, device_open
from accounts.federation.linking import Arrival, identity_sign_in
from accounts.federation.refusal_pages import refusal_page
from accounts.people.setup import may_set_up
from accounts.providers.configuration import GITHUB
from accounts.providers.identity import Identity
from accounts.providers.registry import provider_get
from accounts.sessions.cookies import (
    OAUTH_DEVICE,
    OAUTH_REDIRECT,
    OAUTH_STATE,
    OAUTH_VERIFIER,
    SETUP_COOKIE,
    clear_conversion,
    clear_departure,
    clear_device,
    set_device,
    set_session,
)
from coderauth.errors import DomainError
from coderauth.http.client import client_address, is_from_this_machine
from coderauth.http.envelope import error_headers
from coderauth.http.ratelimit import enforce
from coderauth.http.redirects import local_part
from coderauth.pages.forms import ServiceForm

ANEW = "That sign-in is over, or was begun in another tab. Please begin again."
NOT_YET = "The code has not been entered yet. Enter it at GitHub and agree, then try again here."
# Refusals after which the code is still good.
PASSING = frozenset({"provider_down", "provider_slow", "provider_busy"})


class DevicePage(ServiceForm[forms.Form]):
    form_class = forms.Form
    template_name = "accounts/device.html"
    limited_as = "ProviderViewSet.github:github"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self._is_of_this_browser():
            return self._anew()
        waiting = self._waiting()
        try:
            if waiting is None:
                enforce(
                    f"{self.limited_by()}:ProviderViewSet.device:github", settings.LOGIN_RATE_LIMIT
                )
                waiting = device_begin(self._state)
        except DomainError as error:
            return refusal_page(error, error_headers(error))
        return self._show(waiting)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        waiting = self._waiting()
        if waiting is None or not self._is_of_this_browser():
            return self._anew()
        cookies = self.request.COOKIES
        verifier = cookies.get(OAUTH_VERIFIER, "")
        try:
            found = device_ask(waiting, kept_state=cookies[OAUTH_STATE], verifier=verifier)
            if isinstance(found, Waiting):
                return self._show(found, notice=NOT_YET)
            return self._enter(found)
        except DomainError as error:
            if error.code in PASSING:
                raise
            response = refusal_page(error, {})
            clear_device(response)
            return response

    def _enter(self, identity: Identity) -> HttpResponse:
        cookies = self.request.COOKIES
        arrival = Arrival(
            state=self._state,
            conversion=cookies.get(CONVERSION_COOKIE, ""),
            address=client_address(self.request),
            may_set_up=may_set_up(
                is_nearby=is_from_this_machine(self.request), shown=cookies.get(SETUP_COOKIE, "")
            ),
        )
        session = identity_sign_in(provider_get(GITHUB), identity, arrival)
        response = redirect(local_part(cookies.get(OAUTH_REDIRECT, "")) or "/")
        set_session(response, session.secret)
        clear_departure(response)
        clear_device(response)
        if session.converted:
            clear_conversion(response)
        rotate_token(self.request)
        return response

    @property
    def _state(self) -> str:
        return self.request.GET.get("state", "")

    def _is_of_this_browser(self) -> bool:
        kept = self.request.COOKIES.get(OAUTH_STATE, "")
        return bool(kept) and constant_time_compare(kept, self._state)

    def _waiting(self) -> Waiting | None:
        return device_open(self.request.COOKIES.get(OAUTH_DEVICE, ""), self._state)

    def _anew(self) -> HttpResponse:
        messages.warning(self.request, ANEW)
        return redirect("login")

    def _show(self, waiting: Waiting, notice: str = "") -> HttpResponse:
        context = self.get_context_data(waiting=waiting, notice=notice)
        response = self.render_to_response(context)
        set_device(response, waiting)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        kwargs.setdefault("waiting", self._waiting())
        return super().get_context_data(**kwargs)
