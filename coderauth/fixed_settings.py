"""Settings of Django, DRF and the OpenAPI document that no variable changes."""

import sys

from coderauth import __version__

SOURCE_URL = "https://github.com/coderauth/coderauth"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["scopes.http.authentication.KeyAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["coderauth.http.rendering.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "coderauth.http.openapi.OperationSchema",
    "EXCEPTION_HANDLER": "coderauth.http.envelope.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
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
    "PREPROCESSING_HOOKS": ["coderauth.http.openapi.without_slash"],
    "POSTPROCESSING_HOOKS": [],
    "GET_LIB_DOC_EXCLUDES": "coderauth.http.openapi.undocumented_bases",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"outages": {"()": "coderauth.http.outages.OncePerSecond"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["outages"],
            "stream": sys.stderr,
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django.request": {"level": "ERROR"}, "httpx2": {"level": "WARNING"}},
}
