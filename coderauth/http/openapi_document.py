"""The OpenAPI document as a whole: made from all views, served, and committed."""

import json
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter
from threading import Lock
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import get_lib_doc_excludes

from coderauth.http.body import RequestBody
from coderauth.http.documents import Document
from coderauth.http.openapi import SECURITY, Json, tag_of


def undocumented_bases() -> list[type]:
    """List the classes whose docstrings are not for readers of the document (a setting)."""
    theirs: list[type] = get_lib_doc_excludes()  # type: ignore[no-untyped-call]
    return [*theirs, RequestBody, Document]


def without_slash(endpoints: Iterable[tuple[str, str, str, Any]]) -> list[tuple[Any, ...]]:
    """List a path that is served with and without a trailing slash once (a spectacular hook)."""
    return [(path.rstrip("/"), *rest) for path, *rest in endpoints]


class IncompleteDocument(RuntimeError):
    """Something about a view cannot be derived."""


_making = Lock()


def document() -> Json:
    """Return the OpenAPI document; made once in a process, in some 100 ms.

    Raises IncompleteDocument when something about a view cannot be derived.
    """
    with _making:  # drf-spectacular fails when two threads begin at once.
        return _document()


@lru_cache(maxsize=1)
def _document() -> Json:
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    schema: Json = generator.get_schema(request=None, public=True)
    if GENERATOR_STATS:
        GENERATOR_STATS.emit_summary()
        raise IncompleteDocument("drf-spectacular warned; see above")
    # Spectacular sorts them by name.
    schema["components"]["securitySchemes"] = dict(SECURITY)
    nouns = {tag_of(view.cls): view.cls.__doc__ for *_, view in generator.endpoints}
    schema["tags"] = [{"name": name, "description": nouns[name]} for name in sorted(nouns)]
    for name in settings.OPENAPI_BESIDES:
        _add(schema, import_string(name)())
    return schema


def _add(schema: Json, described: Json) -> None:
    """Add what no view of DRF answers: `paths`, their `schemas` and their `tag`."""
    schema["paths"] |= described["paths"]
    schemas = schema["components"]["schemas"] | described["schemas"]
    schema["components"]["schemas"] = dict(sorted(schemas.items()))
    schema["tags"] = sorted([*schema["tags"], described["tag"]], key=itemgetter("name"))


def document_text() -> str:
    """Return the document as it is committed, with the address of a fresh installation."""
    servers = [{"url": "http://127.0.0.1:3000"}]
    return json.dumps(document() | {"servers": servers}, indent=2, ensure_ascii=False) + "\n"
