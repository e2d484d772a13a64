"""HTML forms: the rules of the API's bodies in words for people, and refusals in their place."""

from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError

from coderauth.errors import DomainError
from coderauth.http.rules import Rule
from coderauth.refusals.spec import FORBIDDEN_DETAIL


def refuse(form: forms.BaseForm, error: DomainError) -> None:
    """Show a service's refusal in the form, next to the field it is about."""
    form.add_error(None, in_words(error))
    for validation in error.validations:
        if validation.field in form.fields:
            form.add_error(validation.field, validation.detail)


def in_words(error: DomainError) -> str:
    """Return a refusal with what it says in detail, if that is a sentence for people."""
    is_sentence = error.detail.endswith(".") and error.detail != FORBIDDEN_DETAIL
    return f"{error.message} {error.detail}" if is_sentence else error.message


def obeys(rule: Rule, message: str) -> Callable[[str], None]:
    """Return a validator that raises this message for what the rule does not accept."""

    def validate(value: str) -> None:
        if not rule.accepts(value):
            raise ValidationError(message)

    return validate
