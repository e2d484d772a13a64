"""The base of commands that generate committed files: write them, or say which have drifted."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class GeneratingCommand(BaseCommand):
    """Write `files()`, or with `--check` compare them and write nothing."""

    # What a person types to regenerate the files.
    name: ClassVar[str]

    def files(self) -> Mapping[str, str]:
        """Return contents by path, relative to the project."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit 1 where a file differs"
        )
        parser.add_argument("--json", action="store_true", help="print the state of each file")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        states: dict[str, str] = {}
        for path, content in self.files().items():
            same = _read(root / path) == content
            states[path] = "unchanged" if same else "differs" if check else "written"
            if not same and not check:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(content, encoding="utf-8")
        if options["json"]:
            self.stdout.write(json.dumps({"files": states}, indent=2))
        else:
            for path, state in states.items():
                self.stdout.write(f"{path}: {state}")
        drifted = [path for path, state in states.items() if state == "differs"]
        if drifted:
            raise CommandError(
                f"{', '.join(drifted)} differs from its source; run: python manage.py {self.name}"
            )


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None
