"""Requests to sign in."""

from accounts import rules
from coderauth.http.body import RequestBody, Text
from coderauth.http.rules import required


class LoginRequest(RequestBody):
    email = Text(rules=(required, rules.known_email))
    password = Text(rules=(required,), write_only=True)

    example = {"email": "ada@example.org", "password": "Str0ng-Passw0rd!"}


class LoginConvert(RequestBody):
    to_type = Text(rules=(required,), help_text="`oidc` or `github`.")
    password = Text(rules=(required,), write_only=True)

    example = {"to_type": "oidc", "password": "Str0ng-Passw0rd!"}
