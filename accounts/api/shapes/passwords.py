"""Requests about passwords."""

from coderauth.http.body import RequestBody, Text
from coderauth.http.rules import required


class PasswordValidate(RequestBody):
    password = Text(rules=(required,), write_only=True)

    example = {"password": "Str0ng-Passw0rd!"}


class PasswordUpdate(RequestBody):
    password = Text(rules=(required,), write_only=True)
    old_password = Text(write_only=True, help_text="Required for one's own password.")

    example = {"password": "N3w-Passw0rd-please", "old_password": "Str0ng-Passw0rd!"}
