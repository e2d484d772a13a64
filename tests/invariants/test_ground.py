"""The ground knows no room: no word of its code speaks of users, roles or passwords."""

import re
import tokenize
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.invariants.contracts import linter
from tests.places import ROOT

FOREIGN = frozenset({"owner", "passcode", "password", "role", "user"})
# Words that are not about people, or that Django and DRF have chosen.
ALLOWED = {
    "coderauth/database.py": {"password", "user"},  # of the database
    "coderauth/http/client.py": {"user"},  # `User-Agent`
    "coderauth/http/pages.py": {"user"},  # `request.user`
    "coderauth/http/principals.py": {"user"},  # `request.user`
    "coderauth/http/viewsets.py": {"user"},  # `request.user`
    "coderauth/pages/page.py": {"user"},  # `request.user`
    "coderauth/mail.py": {"password", "user"},  # of the mail server, and of an address
}
# The tables of what all rooms refuse.
TABLES = "coderauth/refusals/"


def ground() -> Iterator[Path]:
    (floors,) = (one for one in linter()["contracts"] if one["name"].startswith("The floors"))
    for name in floors["layers"][-1].split(":"):
        place = ROOT / name.strip().replace(".", "/")
        yield from sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def words(file: Path) -> set[str]:
    """Return the words of a file's names and texts, in the singular; not of what it says of itself.

    A text that stands alone in its line is a docstring.
    """
    found: set[str] = set()
    with file.open("rb") as source:
        tokens = list(tokenize.tokenize(source.readline))
    layout = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
    for before, token in pairwise(tokens):
        is_docstring = token.type == tokenize.STRING and before.type in layout
        if token.type in {tokenize.NAME, tokenize.STRING} and not is_docstring:
            parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", token.string)
            found |= {part.lower().removesuffix("s") for part in parts}
    return found


def test_the_ground_speaks_of_no_room() -> None:
    files = {str(file.relative_to(ROOT)): words(file) & FOREIGN for file in ground()}

    assert len(files) > 30
    tables = [files.pop(file) for file in [*files] if file.startswith(TABLES)]
    assert frozenset().union(*tables) == FOREIGN
    told = {file: found for file, found in files.items() if found}
    assert told == ALLOWED
