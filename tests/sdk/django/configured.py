"""Let a test say at any time how the service is configured, without starting it anew."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class Configured:
    """Reads `CODERAUTH` from a file at each request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        settings.CODERAUTH = json.loads(Path(os.environ["SERVICE_CONFIGURATION"]).read_text())
        return self.get_response(request)
