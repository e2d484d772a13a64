"""Forms beside the buttons of the providers."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse

from accounts.web.ways import allow_icons, ways
from coderauth.pages.forms import FormType, ServiceForm


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
