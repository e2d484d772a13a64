from django.apps import AppConfig

import coderauth.checks
import coderauth.connections  # noqa: F401 (both register themselves on import)


class CoderauthConfig(AppConfig):
    name = "coderauth"
    verbose_name = "Service"
