"""The settings of a small service that takes keys; it runs as a process of its own."""

SECRET_KEY = "tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.sdk.django.views"
USE_TZ = True
INSTALLED_APPS = ["rest_framework", "drf_spectacular", "coderauth_django"]
MIDDLEWARE = ["tests.sdk.django.configured.Configured"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["coderauth_django.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["coderauth_django.permissions.DeclaredNeeds"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
CODERAUTH = {"URL": "http://127.0.0.1:9", "TOKEN": "x"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"all": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["all"], "level": "DEBUG"},
}
