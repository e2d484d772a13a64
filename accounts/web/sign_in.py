"""Pages to sign in and out, and where to go first."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.people.creation import first_user_exists
from accounts.sessions.cookies import DEVICE_COOKIE, clear_session, set_device_known, set_session
from accounts.sessions.limits import count_sign_in, device_cookie
from accounts.sessions.provider_logout import provider_sign_out_url
from accounts.sessions.sign_in import sign_in
from accounts.sessions.sign_out import sign_out
from accounts.web.forms import SignInForm
from accounts.web.notices import notice_of
from accounts.web.provider_forms import ProviderPage
from accounts.web.ways import login_type_name, way_of, ways
from coderauth.errors import DomainError, Forbidden
from coderauth.http.client import client_address
from coderauth.http.forms import refuse
from coderauth.http.redirects import is_local, may_return_to
from scopes.callers import Caller
from scopes.engine.decision import Object, decide
from scopes.http.visitors import caller_of


class SignInPage(ProviderPage[SignInForm]):
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
        address = client_address(self.request)
        email, device = sent["email"], self.request.COOKIES.get(DEVICE_COOKIE, "")
        count_sign_in(email=email, address=address, device=device)
        secret = sign_in(email=email, password=sent["password"], address=address)
        response = redirect(self.destination())
        set_session(response, secret)
        set_device_known(response, device_cookie(email, device))
        rotate_token(self.request)
        return response

    def explain(self, form: SignInForm, error: DomainError) -> None:
        if error.code == "incorrect_login_type":
            name = login_type_name(str(error.parameters["login_type"]))
            form.add_error(None, f"Your account signs in with {name}, not with a password.")
            return
        refuse(form, error)
        if error.code == "incorrect_credentials" and ways():
            # The same for everybody: the page does not say whether there is such an account.
            names = [way.name for way in ways()]
            name = " or ".join(names) if len(names) < 3 else "one of the providers"
            form.add_error(None, f"If you sign in with {name}, use that button instead.")

    def destination(self) -> str:
        sent, query = self.request.POST, self.request.GET
        wanted = sent.get("next") or query.get("next") or query.get("redirect", "")
        return wanted if may_return_to(wanted) else settings.LOGIN_REDIRECT_URL

    def _local_destination(self) -> str:
        wanted = self.destination()
        return wanted if is_local(wanted) else f"{settings.LOGIN_URL}?{urlencode({'next': wanted})}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            next=self.destination(),
            # Providers lead back to this site only; from here the browser goes on.
            provider_next=self._local_destination(),
            notice=notice_of(self.request.GET.get("message", "")),
            terms_url=settings.TERMS_OF_SERVICE_URL,
            **kwargs,
        )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out_page(request: HttpRequest) -> HttpResponse:
    """Ask first, and end the session on POST: a link alone signs nobody out."""
    user = request.user
    if request.method != "POST":
        is_in = user.is_authenticated
        return render(request, "accounts/logout.html") if is_in else redirect("login")
    caller = user.caller if user.is_authenticated else None
    url = "" if caller is None else _end_session(request, caller)
    # A page in between, as on the way there: browsers apply `form-action` to redirects.
    leaving = {"way": way_of(caller), "url": url} if caller is not None and url else None
    page = render(request, "accounts/signing_out.html", leaving) if leaving else redirect("login")
    clear_session(page)
    return page


def _end_session(request: HttpRequest, caller: Caller) -> str:
    """Sign out here; return where to sign out of the provider, or an empty text."""
    url = ""
    try:
        url = provider_sign_out_url(caller=caller)
    except DomainError:
        text = "You are signed out here, but maybe not at the provider, which did not answer."
        messages.warning(request, text)
    try:
        sign_out(caller=caller)
    except Forbidden:
        text = "This browser is signed out. Its key may not end itself, and stays valid."
        messages.warning(request, text)
    return url


@never_cache
@require_safe
def root_page(request: HttpRequest) -> HttpResponse:
    """Redirect to one's keys, or to the account if the key in use may not read keys."""
    user = request.user
    if not user.is_authenticated:
        return redirect("login")
    caller = caller_of(request)
    may_read = decide(caller.subject, "read", Object("api_key", owner=caller.id))
    return redirect("keys" if may_read else "account")
