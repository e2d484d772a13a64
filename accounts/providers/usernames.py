"""Make usernames for people who did not choose one here (accounts.md 1.6)."""

import re
import secrets

from accounts.rules import new_username

_UNUSABLE = re.compile("[^A-Za-z0-9-]")

ADJECTIVES = (
    "able", "amber", "brave", "bright", "calm", "clever", "cosmic", "crisp", "eager", "fair",
    "gentle", "glad", "golden", "happy", "honest", "jolly", "keen", "kind", "lively", "lucky",
    "merry", "mild", "nimble", "noble", "patient", "quiet", "rapid", "silver", "steady", "sunny",
    "swift", "witty",
)  # fmt: skip
SURNAMES = (
    "babbage", "bell", "bohr", "boole", "curie", "darwin", "dijkstra", "einstein", "euler",
    "faraday", "franklin", "galileo", "gauss", "goodall", "hamilton", "hopper", "hypatia",
    "kepler", "knuth", "lamarr", "lovelace", "maxwell", "meitner", "newton", "noether", "pascal",
    "planck", "ritchie", "shannon", "tesla", "turing", "volta",
)  # fmt: skip


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
    return f"{secrets.choice(ADJECTIVES)}-{secrets.choice(SURNAMES)}"
