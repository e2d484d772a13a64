"""Form fields about people: their rules in words, and what a browser may fill in."""

from typing import Any

from django import forms

from accounts import rules
from coderauth.http.forms import obeys
from coderauth.http.rules import Rule


def email_field(*, autocomplete: str = "email", rule: Rule = rules.email) -> forms.CharField:
    return forms.CharField(
        label="E-mail address",
        validators=[obeys(rule, "Enter an e-mail address, such as ada@example.org.")],
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
    """Return a field whose value is never shown again, and is taken exactly as typed."""
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
