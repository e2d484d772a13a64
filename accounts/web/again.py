"""`/login/again`: prove who one is before something sensitive."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect

from accounts.fields import password_field
from accounts.models import UserLoginType
from accounts.sessions.cookies import set_session
from accounts.sessions.limits import count_proof
from accounts.sessions.sign_in import sign_in
from accounts.sessions.sign_out import sign_out
from accounts.web.own_pages import AccountForm
from accounts.web.ways import allow_icons, way_of
from coderauth.http.client import client_address
from coderauth.http.redirects import is_local


class ProofForm(forms.Form):
    password = password_field("Your password", autocomplete="current-password")


class AgainPage(AccountForm[ProofForm]):
    """Sign in anew with the password, or at the provider; the session before ends."""

    form_class = ProofForm
    template_name = "accounts/again.html"
    limited_as = "SignInViewSet.login"

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        count_proof(self.caller.id)
        address = client_address(self.request)
        secret = sign_in(email=self.caller.email, password=sent["password"], address=address)
        sign_out(caller=self.caller)
        response = redirect(self._next())
        set_session(response, secret)
        rotate_token(self.request)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        has_password = self.caller.login_type == UserLoginType.PASSWORD
        return super().get_context_data(
            next=self._next(),
            has_password=has_password,
            ways=[] if has_password else [way_of(self.caller)],
            **kwargs,
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        page = super().get(request, *args, **kwargs)
        if self.caller.login_type != UserLoginType.PASSWORD:
            way = way_of(self.caller)
            allow_icons(page, [] if way is None else [way])
        return page

    def _next(self) -> str:
        wanted = self.request.POST.get("next") or self.request.GET.get("next", "")
        return wanted if is_local(wanted) else settings.LOGIN_REDIRECT_URL
