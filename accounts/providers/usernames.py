"""Make usernames for people who did not choose one here (accounts.md 1.6)."""

import re

from accounts.rules import new_username
from coderauth.random_names import random_name

_UNUSABLE = re.compile("[^A-Za-z0-9-]")


def username_from(text: str) -> str:
    """Return the valid username that is closest to a free text, or a random one.

    `kyle@kwc.io` gives `kyle`; a text of which nothing is left gives `adjective-surname`.
    """
    if new_username.accepts(text):
        return text
    local, at, _ = text.rpartition("@")
    kept = _UNUSABLE.sub("", local if at else text)
    if new_username.accepts(kept):
        return kept
    return random_name("-")
