"""Made-up names: `brave_lovelace7`, `calm-turing`."""

import secrets

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


def random_name(separator: str, *, digits: int = 0) -> str:
    """Return an adjective and a surname, followed by a number with at most this many digits."""
    number = str(secrets.randbelow(10**digits)) if digits else ""
    return f"{secrets.choice(ADJECTIVES)}{separator}{secrets.choice(SURNAMES)}{number}"
