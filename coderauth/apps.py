from django.apps import AppConfig


class CoderauthConfig(AppConfig):
    name = "coderauth"
    verbose_name = "Service"
