"""Pages for people who are signed in."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from coderauth.errors import DomainError, Forbidden
from coderauth.http.envelope import error_headers
from coderauth.http.forms import in_words
from coderauth.http.principals import visitor_of
from coderauth.http.redirects import is_local
from coderauth.pages.access import OwnPage, PageAccess

# A sensitive act wants a session that was opened lately.
TOO_OLD = "session_too_old"
NOT_YOURS = "Your account, or the key you are signed in with, may not see this."


@method_decorator(never_cache, name="dispatch")
class VisitorPage(View):
    """A page behind the sign-in. `access` says who may open it: one of several needs is enough.

    Strangers are sent to sign in, and come back. Others are told (403) that they may not.
    """

    access: ClassVar[PageAccess | None] = None
    template_name: str | None = None
    caller: Any

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        self.caller = visitor_of(request)
        self._require_access()
        self.enter()
        try:
            return super().dispatch(request, *args, **kwargs)
        except Forbidden as error:
            if error.code != TOO_OLD:
                raise
            return redirect(f"{reverse('login-again')}?{urlencode({'next': self.after_proof()})}")

    def after_proof(self) -> str:
        """Return where to go on once the visitor has proved who they are."""
        return self.request.get_full_path()

    def enter(self) -> None:
        """Find what the page is about; may raise Http404 or a DomainError."""

    def page(self, context: Mapping[str, Any] | None = None, status: int = 200) -> HttpResponse:
        """Return the page's template with its context."""
        return render(self.request, self.template_name or "", dict(context or {}), status=status)

    def _require_access(self) -> None:
        if self.access is None:
            raise ImproperlyConfigured(f"{type(self).__name__} does not say who may open it")
        if isinstance(self.access, OwnPage):
            return
        if not any(need.are_met_by(self.caller) for need in self.access):
            raise PermissionDenied(NOT_YOURS)


class ActPage(VisitorPage):
    """One act: GET asks, POST does it, says so, and leads back to where one came from.

    With an empty `question` nothing is asked: the button stands on another page, and GET leads
    there. A refusal of the service is shown with its status.
    """

    template_name = "layouts/confirm.html"
    question: str = ""
    button: str = ""
    is_final: ClassVar[bool] = True  # Its button is red.

    def act(self) -> str:
        """Call the service; return the sentence that says what was done."""
        raise NotImplementedError

    def home(self) -> str:
        """Return where to go afterwards, unless the address or the form says another place."""
        raise NotImplementedError

    def confirmation(self) -> Mapping[str, Any]:
        """Return what the question says more: `lines`, a list of sentences, and `rows`."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._ask() if self.question else redirect(self.home())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            done = self.act()
        except DomainError as error:
            if not self.question or error.code == TOO_OLD:
                raise
            response = self._ask(in_words(error), error.status)
            for name, value in error_headers(error).items():
                response.headers[name] = value
            return response
        messages.success(request, done)
        return redirect(self.next_url())

    def after_proof(self) -> str:
        return self.request.get_full_path() if self.question else self.home()

    def next_url(self) -> str:
        """Return where one came from, if that is on this site."""
        wanted = self.request.POST.get("next") or self.request.GET.get("next", "")
        return wanted if is_local(wanted) else self.home()

    def _ask(self, refusal: str = "", status: int = 200) -> HttpResponse:
        context = {
            "question": self.question,
            "button": self.button,
            "is_final": self.is_final,
            "next": self.next_url(),
            "refusal": refusal,
            **self.confirmation(),
        }
        return self.page(context, status)
