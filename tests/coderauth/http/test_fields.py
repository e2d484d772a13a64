"""Header fields that are put in place without being looked at again."""

import pytest
from django.http import HttpResponse
from django.http.response import BadHeaderError

from coderauth.http.fields import put, stored


def test_fields_that_are_put_are_those_that_are_set() -> None:
    fields = {"Cache-Control": "no-store", "X-Name": "Zürich", "Content-Type": "text/plain"}
    expected, response = HttpResponse(), HttpResponse()
    for name, value in fields.items():
        expected.headers[name] = value
    put(response, stored(fields))
    assert [*response.items()] == [*expected.items()]
    assert response.headers["cache-control"] == "no-store"
    del response.headers["CACHE-CONTROL"]
    assert "Cache-Control" not in response.headers


def test_a_line_break_is_refused_when_fields_are_stored() -> None:
    with pytest.raises(BadHeaderError):
        stored({"X-Split": "a\r\nX-Forged: b"})
