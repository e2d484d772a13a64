"""Pages about one's own account: who one is, and how one signs in."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.federation.conversion import conversion_begin
from accounts.federation.reversion import reversion_begin
from accounts.models import UserLoginType
from accounts.notices.kinds import KINDS
from accounts.notices.muting import notices_mute, preferences
from accounts.passwords.change import password_change
from accounts.passwords.passcodes import PROVIDERS
from accounts.people.profiles import profile_update
from accounts.sessions.cookies import clear_session, set_conversion
from accounts.sessions.limits import count_proof
from accounts.web.forms import ConversionForm, PasswordChangeForm, ProfileForm
from accounts.web.own_pages import AccountForm, AccountPage
from accounts.web.ways import Way, allow_icons, way_find, way_name, ways
from coderauth.http.client import client_address
from coderauth.pages.forms import FormType
from scopes.callers import Caller
from scopes.http.form_ids import form_id, key_id_of
from scopes.keys.issuing import session_key_issue
from scopes.models import Key


class OverviewPage(AccountPage):
    """Who one is, and how one signs in."""

    template_name = "accounts/account.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        caller = self.caller
        has_password = caller.login_type == UserLoginType.PASSWORD
        offered = ways() if has_password else []
        page = self.page(
            {
                "person": caller,
                "way_name": way_name(caller),
                "ways": offered,
                "has_password": has_password,
                "may_revert": _may_revert(caller),
                "converted": "converted" in request.GET and not has_password,
            }
        )
        allow_icons(page, offered)
        return page


class MailPage(AccountPage):
    """Which notices one gets by mail."""

    template_name = "accounts/mail_preferences.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page({"preferences": preferences(caller=self.caller, user=self.caller)})

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.getlist("notices")
        muted = [name for name in KINDS if name not in wanted]
        notices_mute(caller=self.caller, user=self.caller, kinds=muted)
        messages.success(request, "Saved.")
        return redirect("account-mail")


class ProfilePage(AccountForm[ProfileForm]):
    """What one is called."""

    form_class = ProfileForm
    template_name = "accounts/profile.html"

    def get_initial(self) -> dict[str, Any]:
        return {"username": self.caller.username, "name": self.caller.name}

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        profile_update(caller=self.caller, user=self.caller, **sent)
        messages.success(self.request, "Saved.")
        return redirect("account")


class CommandLinePage(AccountPage):
    """Make a session key to paste into `coder login`, and show it in this one answer only."""

    template_name = "accounts/command_line.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page({"form_id": form_id(self.caller)})

    def post(self, request: HttpRequest) -> HttpResponse:
        identifier: str | None = ""
        if "form_id" in request.POST:
            identifier = key_id_of(self.caller, request.POST["form_id"])
        if identifier is None or Key.objects.filter(pk=identifier).exists():
            # A reload must not make another key.
            messages.info(request, "That key was made already, or the page was open too long.")
            return redirect("command-line")
        address = client_address(request)
        secret = session_key_issue(
            caller=self.caller, user=self.caller, address=address, way="cli_auth",
            key_id=identifier,
        )  # fmt: skip
        return self.page({"secret": secret})


class ConversionPage(AccountForm[ConversionForm]):
    """Prove the password, and go to the provider that signs the account in from now on."""

    form_class = ConversionForm
    template_name = "accounts/conversion.html"
    limited_as = "SignInViewSet.convert"
    way: Way

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        way = way_find(kwargs["way"])
        if way is None:
            raise Http404
        self.way = way
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.caller.login_type != UserLoginType.PASSWORD:
            return redirect("account")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(way=self.way, person=self.caller, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        count_proof(self.caller.id)
        conversion = conversion_begin(
            caller=self.caller,
            user=self.caller,
            to_type=self.way.login_type,
            password=sent["password"],
        )
        after = f"{reverse('account')}?converted"
        url = self.way.begin(oidc_merge_state=conversion.state, redirect=after)
        # A page in between, because browsers apply `form-action` to all redirects that follow a
        # form, and a provider may redirect wherever it likes.
        response = render(self.request, "accounts/leaving.html", {"way": self.way, "url": url})
        set_conversion(response, conversion.cookie, conversion.expires_at)
        return response


class OwnPasswordForm(AccountForm[FormType]):
    """A form about one's own password; the API limits both by user."""

    def limited_by(self) -> str:
        return f"caller:{self.caller.id}"


class PasswordChangePage(OwnPasswordForm[PasswordChangeForm]):
    """Set one's own password; all sessions and tokens end, including this one."""

    form_class = PasswordChangeForm
    template_name = "accounts/password_change.html"
    limited_as = "PasswordViewSet.update"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.caller.login_type != UserLoginType.PASSWORD:
            return redirect("account")
        return super().get(request, *args, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        password_change(caller=self.caller, user=self.caller, **sent)
        response = redirect("login")
        clear_session(response)
        messages.success(self.request, "Your password was changed. Sign in with the new one.")
        return response


class ReversionPage(OwnPasswordForm[forms.Form]):
    """Ask for a passcode that takes the account back from its provider."""

    form_class = forms.Form
    template_name = "accounts/reversion.html"
    limited_as = "PasswordViewSet.revert"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _may_revert(self.caller):
            return redirect("account")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            person=self.caller, way_name=way_name(self.caller), **kwargs
        )

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        count_proof(self.caller.id)
        reversion_begin(caller=self.caller, user=self.caller)
        where = f"We have sent a mail with a link to {self.caller.email}."
        messages.success(self.request, f"{where} Nothing changes until you set a password with it.")
        return redirect("account")


def _may_revert(caller: Caller) -> bool:
    return settings.PASSWORD_AUTH_ENABLED and caller.login_type in PROVIDERS
