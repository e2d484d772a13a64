"""The committed OpenAPI document is the one that the code describes."""

from io import StringIO

import pytest
from django.core.management import call_command

from coderauth.http import openapi_document
from coderauth.http.openapi_document import document_text


def test_committed_document_is_the_generated_one() -> None:
    call_command("generate_reference", check=True, stdout=StringIO())


def test_document_is_the_same_each_time_it_is_made() -> None:
    first = document_text()
    openapi_document._document.cache_clear()

    assert document_text() == first


def test_document_is_made_without_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=StringIO())

    assert capfd.readouterr().err == ""
