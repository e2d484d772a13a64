"""HTML forms: the rules of the API's bodies in words for people, and refusals in their place."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from coderauth.errors import DomainError
from coderauth.http import rules
from coderauth.http.rules import Rule


def refuse(form: forms.BaseForm, error: DomainError) -> None:
    """Show a refusal of a service in the form: what is wrong with a field at that field."""
    form.add_error(None, error.message)
    for validation in error.validations:
        if validation.field in form.fields:
            form.add_error(validation.field, validation.detail)


def obeys(rule: Rule, message: str) -> Callable[[str], None]:
    """Return a validator that refuses, with these words, what a rule does not accept."""

    def validate(value: str) -> None:
        if not rule.accepts(value):
            raise ValidationError(message)

    return validate


def email_field(*, autocomplete: str = "email") -> forms.CharField:
    return forms.CharField(
        label="E-mail address",
        validators=[obeys(rules.email, "Enter an e-mail address, such as ada@example.org.")],
        widget=forms.EmailInput(attrs=_plain(autocomplete)),
    )


def username_field(*, autocomplete: str = "username") -> forms.CharField:
    words = "Use at most 32 letters and digits, with single hyphens between them."
    return forms.CharField(
        label="Username",
        help_text=words,
        validators=[obeys(rules.new_username, f"This username cannot be used. {words}")],
        widget=forms.TextInput(attrs=_plain(autocomplete)),
    )


def real_name_field(*, autocomplete: str = "name") -> forms.CharField:
    return forms.CharField(
        label="Name",
        required=False,
        validators=[obeys(rules.user_real_name, "Use at most 128 letters.")],
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
    )


def password_field(
    label: str = "Password", *, autocomplete: str, **options: Any
) -> forms.CharField:
    """Return a field whose value never comes back in a page, and is taken as it is typed."""
    return forms.CharField(
        label=label,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        **options,
    )


def new_password_field(label: str = "Password", **options: Any) -> forms.CharField:
    words = "Long is better than complicated: a few random words, at most 64 characters."
    return password_field(label, autocomplete="new-password", help_text=words, **options)


def _plain(autocomplete: str) -> dict[str, str]:
    return {"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"}
