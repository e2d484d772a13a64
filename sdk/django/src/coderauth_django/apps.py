"""The application, which brings the system checks."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from coderauth_django.checks import check_configuration, check_views


class CoderAuthConfig(AppConfig):
    name = "coderauth_django"
    verbose_name = "coderauth"

    def ready(self) -> None:
        register(check_configuration, Tags.security)
        register(check_views, Tags.security)
