from django.apps import AppConfig

import coderauth.http.declared_access
import coderauth.system_checks  # noqa: F401 (both register themselves on import)


class CoderauthConfig(AppConfig):
    name = "coderauth"
    verbose_name = "Service"
