"""Forms that call a service."""

from typing import Any, ClassVar, TypeVar

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from coderauth.errors import DomainError
from coderauth.http.client import client_address, rate_limit_address
from coderauth.http.envelope import error_headers
from coderauth.http.forms import refuse
from coderauth.http.ratelimit import enforce
from coderauth.pages.page import TOO_OLD, VisitorPage

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
            if error.code == TOO_OLD:
                raise
            self.explain(form, error)
            return self._page(form, status=error.status, headers=error_headers(error))
        return self._page(form, status=400)

    def limited_by(self) -> str:
        """Return what the limit counts by: the visitor's address, as in the API."""
        return f"login:{rate_limit_address(client_address(self.request))}"

    def _page(self, form: FormType, **response: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), **response)


class FormPage(VisitorPage, ServiceForm[FormType]):
    """A form behind the sign-in; `access` says who may open it."""
