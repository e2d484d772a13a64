"""Settings that no variable changes: of Django, DRF, CORS, the OpenAPI document and ourselves."""

import sys
from pathlib import Path

from coderauth import __version__

SOURCE_URL = "https://github.com/coderauth/coderauth"
BASE_DIR = Path(__file__).resolve().parent.parent

ROOT_URLCONF = "coderauth.urls"
WSGI_APPLICATION = "coderauth.wsgi.application"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["scopes.backends.DecisionBackend"]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"  # It leads to what the visitor may see.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
UNCOMPRESSED_PAGES = ("/reset-password",)  # A mailed passcode is in their addresses.
STORAGES = {"staticfiles": {"BACKEND": "coderauth.http.static_files.HashedStorage"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20

INSTALLED_APPS = [
    "coderauth",
    "audit",
    "scopes",
    "accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

SILENCED_SYSTEM_CHECKS = [
    "security.W009",  # The key may be made at the first start; reading it holds it to a length.
    # Headers, framing and forms are guarded by the middlewares above, not by Django's by name.
    "security.W001",
    "security.W002",
    "security.W003",
    "auth.W004",  # Usernames are unique among the living only: a conditional constraint.
]
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "coderauth.web.navigation.frame",
            ]
        },
    }
]

# What the worker does beside tasks: a function without arguments, and every how many seconds.
# What waits for servers of others has a thread of its own, and so has what may take minutes.
OUTGOING_CHORES = [("audit.streams.sending.streams_send", 2.0)]
RETENTION_CHORES = [
    ("audit.retention.entries_retain", 86400.0),
    ("scopes.keys.retention.keys_retain", 86400.0),
]
CHORES = [
    ("audit.chain.seal", 5.0),
    ("coderauth.tasks.tasks_reclaim", 15.0),
    ("coderauth.tasks.results_prune", 3600.0),
    ("accounts.notices.sending.notices_queue", 5.0),
    ("accounts.notices.sending.notices_of_endings", 3600.0),
]
# Called with new entries of the audit, in the transaction that records them.
AUDIT_LISTENERS = ["accounts.notices.telling.tell"]

CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ["authorization", "coder-session-token", "content-type"]
CORS_EXPOSE_HEADERS = [
    "X-Coder-Build-Version",
    "X-Coder-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
    "WWW-Authenticate",
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["scopes.http.authentication.KeyAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["coderauth.http.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "coderauth.http.openapi.OperationSchema",
    "EXCEPTION_HANDLER": "coderauth.http.envelope.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
# What stands in the OpenAPI document beside the views of DRF.
OPENAPI_BESIDES = ["scopes.api.documents.oauth2.described"]
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "coderauth",
    "DESCRIPTION": "Identity, API keys and authorization, compatible with Coder's `/api/v2`.",
    "VERSION": __version__,
    "CONTACT": {"name": "coderauth", "url": SOURCE_URL},
    # Of the address that it was read from: a page may call no other.
    "SERVERS": [{"url": "/"}],
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SCHEMA_PATH_PREFIX": "/api/v2",
    "PREPROCESSING_HOOKS": ["coderauth.http.openapi_document.without_slash"],
    "POSTPROCESSING_HOOKS": [],
    "GET_LIB_DOC_EXCLUDES": "coderauth.http.openapi_document.undocumented_bases",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {
            "()": "pythonjsonlogger.orjson.OrjsonFormatter",
            "fmt": ["levelname", "name", "message"],
            "rename_fields": {"levelname": "level", "name": "logger", "exc_info": "exception"},
            "timestamp": "time",
        },
    },
    "filters": {
        "outages": {"()": "coderauth.http.outages.OncePerSecond"},
        "request": {"()": "coderauth.http.logs.OfRequest"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "text",
            "filters": ["outages", "request"],
            "stream": sys.stderr,
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "httpx2": {"level": "WARNING"}},
}
