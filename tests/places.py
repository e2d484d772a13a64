"""Where things are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data"
PACKAGES = ("accounts", "audit", "coderauth", "scopes")
