"""The page of an empty installation: the first owner."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.people.creation import NewUser, first_user_create, first_user_exists
from accounts.web.forms import FirstUserForm
from accounts.web.service_form import ProviderPage
from coderauth.errors import Conflict


class SetupPage(ProviderPage[FirstUserForm]):
    """Make the first owner of an empty installation."""

    form_class = FirstUserForm
    template_name = "accounts/setup.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=settings.LOGIN_REDIRECT_URL, **kwargs)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if first_user_exists():
            return redirect("login")
        return super().dispatch(request, *args, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        try:
            first_user_create(NewUser(**sent))
        except Conflict:  # Somebody else was faster.
            return redirect("login")
        messages.success(self.request, "The first owner was created. Sign in to continue.")
        return redirect("login")
