"""`manage.py restore`: put a copy in the place of an SQLite installation."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from coderauth.commands.operator import OperatorCommand, Options, add_json, add_sure
from coderauth.management.copies import (
    DATABASE,
    alone,
    archive_read,
    database_check,
    require_sqlite,
)


class Command(OperatorCommand):
    help = (
        "Put a copy made by `backup` in the place of the SQLite database and of the keys beside "
        "it. The server must not run. The copy is checked first; where there is an installation "
        "already, it asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the copy")
        add_sure(parser)
        add_json(parser)

    def run(self, options: Options) -> None:
        target, source = require_sqlite(), options["file"].absolute()
        if not source.is_file():
            raise CommandError(f"There is no file {source}.")
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".restore-") as name:
            folder = Path(name)
            manifest = archive_read(source, folder)
            checked = database_check(folder / DATABASE)
            with alone(target):
                if target.exists():
                    self.confirm(
                        options, f"Replace {target} with the copy of {manifest.get('at')}?"
                    )
                keys = self._put(folder, target)
        missing = checked.missing_migrations
        self.say(
            options,
            {
                "file": str(target),
                "at": manifest.get("at"),
                "audit_entries": checked.verdict.checked,
                "missing_migrations": missing,
                "keys": keys,
            },
            f"Restored {target} as it was at {manifest.get('at')}, with {len(keys)} keys.",
            *([f"  {missing} migrations are missing: `serve` applies them."] if missing else []),
        )

    def _put(self, folder: Path, target: Path) -> list[str]:
        """Put the keys where no variable holds them, and the database last."""
        keys = []
        for file in settings.KEY_FILES.values():
            if (folder / file.name).is_file():
                file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                (folder / file.name).replace(file)
                keys.append(file.name)
        (folder / DATABASE).replace(target)
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        return sorted(keys)
