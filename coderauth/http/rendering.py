"""JSON out: UTF-8, compact, a newline at the end."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


def encode(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


class JsonRenderer(BaseRenderer):
    """Render DRF responses; `None` is an empty body (204, 405)."""

    media_type = "application/json"
    format = "json"
    charset = "utf-8"
    render_style = "text"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else encode(data)
