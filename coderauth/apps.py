from django.apps import AppConfig

import coderauth.checks
import coderauth.connections
import coderauth.http.access_check  # noqa: F401 (all three register themselves on import)


class CoderauthConfig(AppConfig):
    name = "coderauth"
    verbose_name = "Service"
