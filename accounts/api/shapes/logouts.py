"""What a provider sends to sign somebody out."""

from coderauth.http.body import RequestBody, Text
from coderauth.http.rules import required


class LogoutNotice(RequestBody):
    logout_token = Text(rules=(required,), help_text="Signed by the provider.")

    example = {"logout_token": "eyJhbGciOiJSUzI1NiIsInR5cCI6ImxvZ291dCtqd3QifQ…"}
