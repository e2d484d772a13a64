"""Django REST framework with its own tokens, on the service's user model and tables."""

from coderauth.settings import AUTH_USER_MODEL, DATABASES, DEFAULT_AUTO_FIELD

__all__ = ["AUTH_USER_MODEL", "DATABASES", "DEFAULT_AUTO_FIELD"]

SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.peers.drf_token.urls"
USE_TZ = True
INSTALLED_APPS = [
    "coderauth",
    "audit",
    "scopes",
    "accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_tasks_db",  # Makes the fields of the models subscriptable.
    "rest_framework",
    "rest_framework.authtoken",
]
