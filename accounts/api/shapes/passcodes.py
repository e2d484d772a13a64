"""Requests about one-time passcodes."""

from accounts import rules
from coderauth.http.body import RequestBody, Text
from coderauth.http.rules import required


class PasscodeRequest(RequestBody):
    email = Text(rules=(required, rules.known_email))

    example = {"email": "ada@example.org"}


class PasscodePasswordChange(RequestBody):
    email = Text(rules=(required, rules.known_email))
    password = Text(rules=(required,), write_only=True)
    one_time_passcode = Text(rules=(required,), write_only=True)

    example = {
        "email": "ada@example.org",
        "password": "N3w-Passw0rd-please",
        "one_time_passcode": "0b9e4f9c-0d6e-4a57-9d0f-5c1b6a1f3e21",
    }
