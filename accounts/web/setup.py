"""The pages of an empty installation: who may set it up, and the first owner."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.people.creation import NewUser, first_user_create, first_user_exists
from accounts.people.setup import may_set_up, require_setup
from accounts.sessions.cookies import SETUP_COOKIE, set_setup
from accounts.web.forms import FirstUserForm, SetupSecretForm
from accounts.web.provider_forms import ProviderPage
from coderauth.errors import Conflict
from coderauth.http.client import is_from_this_machine
from coderauth.pages.forms import ServiceForm


class SetupPage(ProviderPage[FirstUserForm]):
    """Make the first owner of an empty installation."""

    form_class = FirstUserForm
    template_name = "accounts/setup.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=settings.LOGIN_REDIRECT_URL, **kwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if first_user_exists():
            return redirect("login")
        shown = request.COOKIES.get(SETUP_COOKIE, "")
        if not may_set_up(is_nearby=is_from_this_machine(request), shown=shown):
            return SetupSecretPage.as_view()(request)
        return super().dispatch(request, *args, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        try:
            first_user_create(NewUser(**sent))
        except Conflict:  # Somebody else was faster.
            return redirect("login")
        messages.success(self.request, "The first owner was created. Sign in to continue.")
        return redirect("login")


class SetupSecretPage(ServiceForm[SetupSecretForm]):
    """Ask for the set-up secret, except on the service's own machine."""

    form_class = SetupSecretForm
    template_name = "accounts/setup_secret.html"
    limited_as = "FirstUserViewSet.create"

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        require_setup(is_nearby=False, shown=sent["setup_secret"])
        response = redirect("setup")
        set_setup(response, sent["setup_secret"])
        return response
