"""The forms of the pages."""

from django import forms

from accounts.fields import (
    email_field,
    new_password_field,
    password_field,
    real_name_field,
    username_field,
)
from accounts.rules import known_email


class SignInForm(forms.Form):
    email = email_field(autocomplete="username", rule=known_email)
    password = password_field(autocomplete="current-password")


class FirstUserForm(forms.Form):
    email = email_field()
    username = username_field()
    name = real_name_field()
    password = new_password_field()


class SetupSecretForm(forms.Form):
    setup_secret = forms.CharField(
        label="Set-up secret",
        help_text="The start of the service printed it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class PasscodeForm(forms.Form):
    email = email_field(rule=known_email)


class PasswordResetForm(forms.Form):
    """Filled in by the link in the mail, or by hand."""

    email = email_field(autocomplete="username", rule=known_email)
    passcode = forms.CharField(
        label="One-time passcode",
        help_text="From the mail that we sent you.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )
    password = new_password_field("New password")


class ConversionForm(forms.Form):
    password = password_field("Current password", autocomplete="current-password")


class PasswordChangeForm(forms.Form):
    old_password = password_field("Current password", autocomplete="current-password")
    password = new_password_field("New password")


class ProfileForm(forms.Form):
    username = username_field()
    name = real_name_field()
