"""The WSGI application, for our own front door and for gunicorn or any other server."""

import os
import sys
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from coderauth.http.decoding import MAX_BYTES
from coderauth.installation import make_what_serving_needs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coderauth.settings")

# By this status gunicorn knows that there is no use in trying again.
CANNOT_START = 3

try:
    make_what_serving_needs()
    _django = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(CANNOT_START)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Have Django answer.

    Django reads no body without a length. One that comes in chunks gets it here, behind servers
    that say where it ends; our own has done so already.
    """
    if not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read(MAX_BYTES + 1)
        if body:
            environ["wsgi.input"] = BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
    return _django(environ, start_response)
