"""Django REST framework as it comes, without models."""

from coderauth.settings import DATABASES

__all__ = ["DATABASES"]

SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.peers.drf_raw.urls"
USE_TZ = True
INSTALLED_APPS = ["rest_framework"]
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}
