"""Requests about leaked tokens."""

from coderauth.http.body import RequestBody, Text
from coderauth.http.rules import required


class Leak(RequestBody):
    token = Text(rules=(required,), help_text="As it was found.")
    type = Text(help_text="How the scanner calls this kind of token.")
    url = Text(help_text="Where it was found; the audit keeps it.")

    example = {"token": "Ts5nJq0k2B-9cVb3mXe1LrZ4wYpQ8sDfG", "url": "https://example.org/x.py"}
