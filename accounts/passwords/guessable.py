"""Find the passwords that are guessed first: one well-known word with something around it.

Such as `Password1`, `P@ssw0rd1` or `Welcome2024!`, one's own address, or the name of the service.
They have enough kinds of characters for the estimate of bits, but are at the top of every list
(NIST SP 800-63B 5.1.1.2, ASVS 5.0 6.2.4, 6.2.11). The estimate judges phrases of several words.
"""

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator

SHORTEST_WORD: Final = 4
WORTH: Final = 2  # characters for which a known word counts, like a run such as `qwerty`
GUESSABLE: Final = (
    "insecure password, it is a well-known word or name with little around it; "
    "try several words that have nothing to do with each other"
)
# Digits and signs that replace letters; others only surround a word.
_PLAIN: Final = str.maketrans("@4310!$57", "aaeioisst")
_ENDS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def is_guessable(password: str, *, about: Iterable[str], base: int, minimum_bits: float) -> bool:
    """Say whether a password is one known word with too little around it.

    `about` are the names and addresses of the person, and `base` is how many characters there are
    to try at each place. Linear in the length of the password.
    """
    folded = password.casefold()
    names = _of_the_service() | {word for text in about for word in _words(text)}
    if folded in names:
        return True
    for text in (folded, folded.translate(_PLAIN)):
        word = _ENDS.sub("", text).translate(_PLAIN)
        if len(word) >= SHORTEST_WORD and (word in names or word in _common()):
            left = len(password) - len(word) + WORTH
            return left * math.log2(max(base, 2)) < minimum_bits
    return False


def _words(text: str) -> set[str]:
    """Return a name or an address as people use it in passwords: whole, and each part."""
    folded = text.casefold().strip()
    parts = {folded, folded.rpartition("@")[2], *re.split(r"[\W_]+", folded)}
    return {part for part in parts if len(part) >= SHORTEST_WORD}


def _of_the_service() -> frozenset[str]:
    return frozenset({"coderauth", "coder", *_words(settings.ACCESS_URL.partition("://")[2])})


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Return Django's list of the 20,000 most common passwords."""
    return frozenset(CommonPasswordValidator().passwords)
