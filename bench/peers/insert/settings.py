"""Plain Django: no middleware, no apps."""

from coderauth.settings import DATABASES

__all__ = ["DATABASES"]

SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.peers.insert.urls"
USE_TZ = True
