"""`manage.py backup`: copy an SQLite installation while it runs."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from coderauth.commands.operator import OperatorCommand, Options, add_json
from coderauth.env import PREFIX
from coderauth.http.times import format_time
from coderauth.management.copies import (
    DATABASE,
    archive_write,
    database_check,
    database_copy,
    keys_beside,
    require_sqlite,
)


class Command(OperatorCommand):
    help = (
        "Copy the SQLite database, and the keys that stand beside it, into one file while the "
        "service runs. The copy is checked before it gets its name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where to write; it must not exist yet")
        add_json(parser)

    def run(self, options: Options) -> None:
        source, target = require_sqlite(), options["file"].absolute()
        if target.exists():
            raise CommandError(f"{target} exists already; give another name.")
        if not target.parent.is_dir():
            raise CommandError(f"There is no directory {target.parent}.")
        at = format_time(timezone.now())
        try:
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
                copied = Path(folder) / DATABASE
                database_copy(
                    source, copied, lambda done, all_: self.progress(done, all_, "pages copied")
                )
                checked = database_check(copied)
                archive_write(copied, target, {"at": at})
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        elsewhere = _kept_elsewhere()
        self.say(
            options,
            {
                "file": str(target),
                "bytes": target.stat().st_size,
                "audit_entries": checked.verdict.checked,
                "head": f"{checked.verdict.head_sequence}:{checked.verdict.head_hash}",
                "keys": sorted(keys_beside()),
                "keep_also": elsewhere,
            },
            f"Wrote {target}: the database, checked, and {len(keys_beside())} keys.",
            f"  {checked.verdict.checked} audit entries are intact.",
            "  Whoever has this file has the installation: keep it as secret.",
            *(f"  It does not hold {name}, which you set: keep that, too." for name in elsewhere),
        )


def _kept_elsewhere() -> list[str]:
    """Return the variables that hold keys, which no copy has."""
    names = {"SECRET_KEY", "ENCRYPTION_KEY"}
    return sorted(PREFIX + name for name in names - {*settings.KEY_FILES})
