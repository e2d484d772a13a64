"""The variables that coderauth reads, and where else they are named."""

import re

from tests.places import ROOT

NAMED = re.compile(r"CODERAUTH_[A-Z0-9_]*[A-Z0-9]")


def known() -> set[str]:
    """Return the variables that docs/settings.md lists."""
    table = (ROOT / "docs" / "settings.md").read_text()
    return set(re.findall(r"^\| `(CODERAUTH_\w+)`", table, flags=re.MULTILINE))


def strangers(names: set[str]) -> set[str]:
    """Return the names that no setting has; each may also be given as a file."""
    return {name for name in names if name.removesuffix("_FILE") not in known()}
