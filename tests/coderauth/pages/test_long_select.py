"""A choice among very many reads like any other."""

import pytest
from django import forms
from django.test.html import parse_html

from coderauth.pages.long_select import LongSelect

CHOICES = [("", "any"), *((f"scope:{number}", f"<scope> & {number}") for number in range(3))]


class Usual(forms.Form):
    scope = forms.ChoiceField(choices=CHOICES, required=False)


class Long(forms.Form):
    scope = forms.ChoiceField(choices=CHOICES, required=False, widget=LongSelect)


@pytest.mark.parametrize("sent", [{}, {"scope": "scope:1"}, {"scope": "nothing"}], ids=str)
def test_it_writes_what_the_usual_one_does(sent: dict[str, str]) -> None:
    usual, long = (str(form(sent, auto_id="filter-%s")["scope"]) for form in (Usual, Long))

    assert parse_html(long) == parse_html(usual)
    assert ("selected" in long) == (sent.get("scope") != "nothing")
