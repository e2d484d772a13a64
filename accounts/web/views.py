"""Pages to sign in and out, to set up, and to set a forgotten password anew."""

from typing import Any, ClassVar, TypeVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import FormView

from accounts.cookies import clear_session, set_session
from accounts.passcodes import passcode_request, password_reset, require_password_auth
from accounts.redirects import is_local
from accounts.sign_in import sign_in
from accounts.sign_out import sign_out
from accounts.users import NewUser, first_user_create, first_user_exists
from accounts.web.forms import FirstUserForm, PasscodeForm, PasswordResetForm, SignInForm
from coderauth.errors import Conflict, DomainError, Forbidden
from coderauth.http.client import client_address, rate_limit_address
from coderauth.http.envelope import error_headers
from coderauth.http.forms import refuse
from coderauth.http.ratelimit import enforce

FormType = TypeVar("FormType", bound=forms.Form)


@method_decorator(never_cache, name="dispatch")
class PublicForm(FormView[FormType]):
    """A form for people who are not signed in; what a service refuses is shown in it."""

    # The page and this action of the API are two doors to one act, and share its limit.
    limited_as: ClassVar[str] = ""

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        """Call the service with what was sent and return where to go from here."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        is_complete = form.is_valid()
        try:
            if self.limited_as:
                address = rate_limit_address(client_address(request))
                enforce(f"login:{address}:{self.limited_as}", settings.LOGIN_RATE_LIMIT)
            if is_complete:
                return self.act(form.cleaned_data)
        except DomainError as error:
            refuse(form, error)
            return self._page(form, status=error.status, headers=error_headers(error))
        return self._page(form, status=400)

    def _page(self, form: FormType, **response: Any) -> HttpResponse:
        context = self.get_context_data(form=form)
        return self.response_class(
            self.request, self.get_template_names(), context, using=self.template_engine, **response
        )


class SignIn(PublicForm[SignInForm]):
    form_class = SignInForm
    template_name = "accounts/login.html"
    limited_as = "SignInViewSet.login"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(self.destination())
        if not first_user_exists():
            return redirect("setup")
        return super().get(request, *args, **kwargs)

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        enforce(f"login:{sent['email'].lower()}", settings.LOGIN_RATE_LIMIT)
        address = client_address(self.request)
        secret = sign_in(email=sent["email"], password=sent["password"], address=address)
        response = redirect(self.destination())
        set_session(response, secret)
        rotate_token(self.request)
        return response

    def destination(self) -> str:
        wanted = self.request.POST.get("next") or self.request.GET.get("next", "")
        return wanted if is_local(wanted) else settings.LOGIN_REDIRECT_URL

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.destination(), **kwargs)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out_page(request: HttpRequest) -> HttpResponse:
    """Ask, and end the session when the answer is posted; a link alone signs nobody out."""
    if request.method != "POST":
        return render(request, "accounts/logout.html")
    response = redirect("login")
    clear_session(response)
    user = request.user
    if user.is_authenticated and user.caller is not None:
        try:
            sign_out(caller=user.caller)
        except Forbidden:
            text = "This browser is signed out. Its key may not end itself, and stays valid."
            messages.warning(request, text)
    return response


class Setup(PublicForm[FirstUserForm]):
    """Make the first owner of an empty installation."""

    form_class = FirstUserForm
    template_name = "accounts/setup.html"

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


class PasscodeRequest(PublicForm[PasscodeForm]):
    form_class = PasscodeForm
    template_name = "accounts/passcode.html"
    limited_as = "PasscodeViewSet.create"

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        require_password_auth()
        enforce(f"passcode:{sent['email'].lower()}", settings.LOGIN_RATE_LIMIT)
        passcode_request(email=sent["email"])
        return redirect("passcode-sent")


@never_cache
@require_safe
def passcode_sent_page(request: HttpRequest) -> HttpResponse:
    """Say the same whether anybody has the address or not."""
    minutes = round(settings.ONE_TIME_PASSCODE_TTL.total_seconds() / 60)
    return render(request, "accounts/passcode_sent.html", {"minutes": minutes})


class PasswordReset(PublicForm[PasswordResetForm]):
    """Set a new password with a mailed passcode, which the link in the mail brings along."""

    form_class = PasswordResetForm
    template_name = "accounts/password_reset.html"
    limited_as = "PasscodeViewSet.change_password"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        response = super().dispatch(request, *args, **kwargs)
        # The address holds the passcode, and no Referer may tell it. `no-referrer` would say even
        # less, but makes browsers send `Origin: null`, which the protection of forms refuses.
        response.headers["Referrer-Policy"] = "strict-origin"
        return response

    def get_initial(self) -> dict[str, Any]:
        query = self.request.GET
        return {"email": query.get("email", ""), "passcode": query.get("otp", "")}

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        require_password_auth()
        enforce(f"reset:{sent['email'].lower()}", settings.LOGIN_RATE_LIMIT)
        password_reset(**sent)
        messages.success(self.request, "Your password was changed. Sign in with the new one.")
        return redirect("login")


@never_cache
@require_safe
def root_page(request: HttpRequest) -> HttpResponse:
    return redirect("admin:index" if request.user.is_authenticated else "login")
