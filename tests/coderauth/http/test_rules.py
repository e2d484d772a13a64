"""The rules that every room's fields may have."""

from coderauth.http.rules import required


def test_required_counts_whitespace_as_content() -> None:
    assert required.accepts(" ")
    assert not required.accepts("")
