"""Forms that call a service."""

from typing import Any, ClassVar, TypeVar

from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from accounts.web.ways import allow_icons, ways
from coderauth.errors import DomainError
from coderauth.http.client import client_address, rate_limit_address
from coderauth.http.envelope import error_headers
from coderauth.http.forms import refuse
from coderauth.http.ratelimit import enforce
from scopes.callers import Caller
from scopes.people import resolve_person

FormType = TypeVar("FormType", bound=forms.Form)


@method_decorator(never_cache, name="dispatch")
class ServiceForm(FormView[FormType]):
    """Show a form, and the refusals of its service in it."""

    # The page and this action of the API do the same, and share its limit.
    limited_as: ClassVar[str] = ""

    def act(self, sent: dict[str, Any]) -> HttpResponse:
        """Call the service with what was sent; return where to go next."""
        raise NotImplementedError

    def explain(self, form: FormType, error: DomainError) -> None:
        """Show a refusal of the service in the form."""
        refuse(form, error)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.get_form()
        is_complete = form.is_valid()
        try:
            if self.limited_as:
                enforce(f"{self.limited_by()}:{self.limited_as}", settings.LOGIN_RATE_LIMIT)
            if is_complete:
                return self.act(form.cleaned_data)
        except DomainError as error:
            self.explain(form, error)
            return self._page(form, status=error.status, headers=error_headers(error))
        return self._page(form, status=400)

    def limited_by(self) -> str:
        """Return what the limit counts by: the visitor's address, as in the API."""
        return f"login:{rate_limit_address(client_address(self.request))}"

    def _page(self, form: FormType, **response: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), **response)


class ProviderPage(ServiceForm[FormType]):
    """A form beside the buttons of the providers."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            ways=ways(), password_enabled=settings.PASSWORD_AUTH_ENABLED, **kwargs
        )

    def render_to_response(self, context: dict[str, Any], **response: Any) -> HttpResponse:
        page = super().render_to_response(context, **response)
        allow_icons(page, context["ways"])
        return page


class AccountForm(ServiceForm[FormType]):
    """A form about one's own account."""

    caller: Caller

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        caller = own_caller(request)
        if caller is None:
            return redirect_to_login(request.get_full_path())
        self.caller = caller
        return super().dispatch(request, *args, **kwargs)


def own_caller(request: HttpRequest) -> Caller | None:
    """Return the signed-in caller or None; raises NotFound if the key may not read its user."""
    caller = request.user.caller if request.user.is_authenticated else None
    return None if caller is None else resolve_person(caller, "me")
