"""Say which passwords are good enough (accounts.md 3.1 to 3.3), in linear time.

The bits are those of the estimator that clients already know, so the same password gets the same
answer here; it counts predictable runs such as `1234` or `qwerty` as two characters.
"""

import math
from collections.abc import Iterable, Mapping

from accounts.passwords.guessable import GUESSABLE, is_guessable

MINIMUM_BITS = 52
# Of any script: Coder counts 64 bytes, which are fewer.
MAXIMUM_CHARACTERS = 64
# Anybody may ask about any password, so longer input is not examined at all.
EXAMINED_BYTES = 1024
TOO_LONG = "password must be no more than 64 characters"

REPLACE = frozenset("!@$&*")
SEPARATOR = frozenset("_-., ")
OTHER_SPECIAL = frozenset("\"#%'()+/:;<=>?[\\]^{|}~")
LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGIT = frozenset("0123456789")
CLASSES = (REPLACE, SEPARATOR, OTHER_SPECIAL, LOWER, UPPER, DIGIT)
CLASSIFIED = frozenset[str]().union(*CLASSES)

_ASCENDING = ("0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
SEQUENCES = (*_ASCENDING, *(sequence[::-1] for sequence in _ASCENDING))
_POSITIONS: tuple[Mapping[str, int], ...] = tuple(
    {character: position for position, character in enumerate(sequence)} for sequence in SEQUENCES
)


def check_strength(password: str, about: Iterable[str] = ()) -> str:
    """Return "" when the password is acceptable, else the sentence that says what to change.

    `about` are the names and addresses of the person whose password it is to be.
    """
    size = _byte_length(password)
    if size > EXAMINED_BYTES:
        return TOO_LONG
    if entropy_bits(password) < MINIMUM_BITS:
        return _advice(password)
    if len(password) > MAXIMUM_CHARACTERS:
        return TOO_LONG
    base = character_base(password)
    if is_guessable(password, about=about, base=base, minimum_bits=MINIMUM_BITS):
        return GUESSABLE
    return ""


def entropy_bits(password: str) -> float:
    """Return the estimated bits; 0 for the empty password."""
    base = character_base(password)
    if not base:
        return 0.0
    per_character = math.log2(base)
    bits = 0.0
    # Added up one by one, not multiplied: the last bit of the float decides at the threshold.
    for _ in range(effective_length(password)):
        bits += per_character
    return bits


def character_base(password: str) -> int:
    """Return how many characters there are to try at each position."""
    characters = set(password)
    base = sum(len(members) for members in CLASSES if not members.isdisjoint(characters))
    return base + len(characters - CLASSIFIED)


def effective_length(password: str) -> int:
    """Return how many UTF-8 bytes are left when repetitions and well-known runs are shortened."""
    text = shrink_repetitions(password)
    for positions in _POSITIONS:
        text = _shrink_runs(text, positions)
    return _byte_length(text)


def shrink_repetitions(text: str) -> str:
    """Shorten every run of one character to two."""
    kept: list[str] = []
    for character in text:
        if kept[-2:] != [character, character]:
            kept.append(character)
    return "".join(kept)


def _shrink_runs(text: str, positions: Mapping[str, int]) -> str:
    """Shorten ascending runs of a sequence, given by the place of each character, to two."""
    kept: list[str] = []
    matches = 0
    expected = 0  # the place in the sequence that the walk has reached
    for character in text:
        place = positions.get(character, -1) if expected < len(positions) else -1
        if place < expected:
            # The walk ends here: this character is kept without being looked at by the next walk.
            if expected < len(positions):
                matches = 0
            kept.append(character)
            expected = 0
            continue
        if place > expected:
            matches = 0
        matches += 1
        if matches <= 2:
            kept.append(character)
        expected = place + 1
    return "".join(kept)


def _advice(password: str) -> str:
    characters = set(password)
    hints: list[str] = []
    if any(members.isdisjoint(characters) for members in (REPLACE, SEPARATOR, OTHER_SPECIAL)):
        hints.append("including more special characters")
    if LOWER.isdisjoint(characters):
        hints.append("using lowercase letters")
    if UPPER.isdisjoint(characters):
        hints.append("using uppercase letters")
    if DIGIT.isdisjoint(characters):
        hints.append("using numbers")
    if not hints:
        return "insecure password, try using a longer password"
    return f"insecure password, try {', '.join(hints)} or using a longer password"


def _byte_length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
