"""Throw-away databases for one measurement, migrated and with one user in them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.servers import postgresql

ROOT = Path(__file__).resolve().parent.parent
Vendor = Literal["sqlite", "postgresql"]
VENDORS: tuple[Vendor, ...] = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Database:
    """Where the data is (as environment variables) and how to sign in to it."""

    vendor: Vendor
    environment: Mapping[str, str]
    email: str
    password: str
    session: str
    drf_token: str


@contextmanager
def database(vendor: Vendor, **settings: str) -> Iterator[Database]:
    """Yield a fresh database; `settings` are more `CODERAUTH_…` variables, without the prefix."""
    with tempfile.TemporaryDirectory(prefix="coderauth-bench-") as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if "CODERAUTH_" not in name},
            "CODERAUTH_DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "coderauth.settings",
            # The limit stays on, its work is measured; it is only out of the generator's reach.
            "CODERAUTH_API_RATE_LIMIT": "1000000000",
            **{f"CODERAUTH_{name}": value for name, value in settings.items()},
        }
        if vendor == "sqlite":
            yield _seeded(vendor, environment)
        else:
            with postgresql() as url:
                yield _seeded(vendor, {**environment, "CODERAUTH_DATABASE_URL": url})


def run(module: str, environment: Mapping[str, str], *arguments: str) -> str:
    """Run one of our modules in a process of its own and return what it prints."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode()


def _seeded(vendor: Vendor, environment: Mapping[str, str]) -> Database:
    return Database(vendor, environment, **json.loads(run("bench.seed", environment)))
