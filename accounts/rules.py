"""Rules for what people are called: e-mail addresses, usernames, real names (accounts.md 1.6)."""

import re

from coderauth.http.rules import (
    DISPLAY_NAME_BYTES,
    NAME_SCHEMA,
    Rule,
    is_display_name,
    is_name,
    is_new_name,
)

EMAIL_BYTES = 254
_LETTER = r"[^\W\d_]"  # letters of any script
_ATOM = rf"(?:{_LETTER}|[0-9!#$%&'*+\-/=?^_`{{|}}~])+"
# The alternatives never match the same character: a failing match stays linear (no ReDoS).
_QUOTED = rf'"(?:{_LETTER}|[ !#-@\[\]-`{{-~]|\\[ -~])+"'
_ALPHANUMERIC = rf"(?:{_LETTER}|[0-9])"
_INNER = rf"(?:{_LETTER}|[0-9-])*"
_LABEL = rf"{_ALPHANUMERIC}(?:{_INNER}{_ALPHANUMERIC})?"
_LAST_LABEL = rf"{_LETTER}(?:{_INNER}{_LETTER})?"
_EMAIL = re.compile(
    rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@(?:{_LABEL}\.)+{_LAST_LABEL}",
)


# What nobody writes unquoted into an address, because mail gives it a meaning.
_PLAIN = r"[^\s@<>()\[\],;:\\\"]+"
_DOMAIN = r"[^\s@<>()\[\],;:\\\".]+"
_KNOWN_EMAIL = re.compile(rf"{_PLAIN}@{_DOMAIN}(?:\.{_DOMAIN})*")


def _is_email(text: str) -> bool:
    # The limit comes first: it also bounds what the pattern has to look at.
    return (
        len(text) <= EMAIL_BYTES
        and _EMAIL.fullmatch(text) is not None
        and len(text.encode()) <= EMAIL_BYTES
    )


def _is_known_email(text: str) -> bool:
    if len(text) > EMAIL_BYTES or len(text.encode("utf-8", "replace")) > EMAIL_BYTES:
        return False
    return _is_email(text) or (text.isprintable() and _KNOWN_EMAIL.fullmatch(text) is not None)


email = Rule("email", _is_email, {"format": "email", "maxLength": EMAIL_BYTES})
# Addresses that there may be accounts with, because a provider vouches for them: whatever can be
# stored and mailed, such as `ada@corp`. Nobody is made with one here.
known_email = Rule("email", _is_known_email, {"format": "email", "maxLength": EMAIL_BYTES})
username = Rule("username", is_name, NAME_SCHEMA)
new_username = Rule("username", is_new_name, NAME_SCHEMA)
user_real_name = Rule("user_real_name", is_display_name, {"maxLength": DISPLAY_NAME_BYTES})
