"""The one way to ignore the case of letters, the same in Python and in both databases.

Databases and Python disagree about letters beyond ASCII, and all of them map some to the letters of
other words: `İ` and the Kelvin sign to `i` and `k`, the long s to `s`. So only letters that are the
two cases of each other are folded, and databases compare texts that were folded here.
"""


def fold(text: str) -> str:
    """Return a text of the same length, with each upper case that has a lower case replaced.

    Nothing is normalized: a letter with a combining mark differs from the letter that looks like
    it.
    """
    if text.isascii():
        return text.lower()
    return "".join(map(_lower, text))


def _lower(letter: str) -> str:
    lower = letter.lower()
    return lower if lower.upper() == letter else letter
