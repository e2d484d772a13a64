"""Pages for people who forgot their password."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.passwords.passcodes import passcode_request, password_reset, require_password_auth
from accounts.web.forms import PasscodeForm, PasswordResetForm
from coderauth.pages.forms import ServiceForm


class PasscodePage(ServiceForm[PasscodeForm]):
    form_class = PasscodeForm
    template_name = "accounts/passcode.html"
    limited_as = "PasscodeViewSet.create"

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        require_password_auth()
        passcode_request(email=sent["email"])
        return redirect("passcode-sent")


@never_cache
@require_safe
def passcode_sent_page(request: HttpRequest) -> HttpResponse:
    """Give the same answer whether anybody has the address or not."""
    minutes = round(settings.ONE_TIME_PASSCODE_TTL.total_seconds() / 60)
    return render(request, "accounts/passcode_sent.html", {"minutes": minutes})


class PasswordResetPage(ServiceForm[PasswordResetForm]):
    """Set a new password with a mailed passcode, which the link in the mail contains."""

    form_class = PasswordResetForm
    template_name = "accounts/password_reset.html"
    limited_as = "PasscodeViewSet.change_password"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = super().dispatch(request, *args, **kwargs)
        # The address holds the passcode, which no Referer may tell. `no-referrer` would be
        # stricter, but makes browsers send `Origin: null`, which the protection of forms refuses.
        response.headers["Referrer-Policy"] = "strict-origin"
        return response

    def get_initial(self) -> dict[str, Any]:
        query = self.request.GET
        return {"email": query.get("email", ""), "passcode": query.get("otp", "")}

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        require_password_auth()
        password_reset(**sent)
        messages.success(self.request, "Your password was changed. Sign in with the new one.")
        return redirect("login")
