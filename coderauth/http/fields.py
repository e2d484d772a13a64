"""Header fields of answers, set without being checked again.

Django converts the name and the value of every field that is set, for more than a microsecond, and
an answer of the API has a dozen. Most are the same on each; those are read once.
"""

from collections.abc import Mapping

from django.http import HttpResponseBase
from django.http.response import ResponseHeaders

# As responses keep them: by name in lower case.
Stored = Mapping[str, tuple[str, str]]


def stored(fields: Mapping[str, str]) -> Stored:
    """Return fields as `put` takes them. Raises BadHeaderError as Django does."""
    return dict(ResponseHeaders(fields)._store)  # noqa: SLF001 (as below)


def put(response: HttpResponseBase, fields: Stored) -> None:
    """Set fields of a response; their values must be what `stored` gives, or plain ASCII."""
    response.headers._store.update(fields)  # noqa: SLF001 (tests fail should Django rename it)
