"""The base of commands that generate committed files: write them, or say which have drifted."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.core.management.base import CommandError

from coderauth.commands.operator import OperatorCommand, Options, add_json


class GeneratingCommand(OperatorCommand):
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
        add_json(parser)

    def run(self, options: Options) -> None:
        check: bool = options["check"]
        root = Path(settings.BASE_DIR)
        states: dict[str, str] = {}
        for path, content in self.files().items():
            same = _read(root / path) == content
            states[path] = "unchanged" if same else "differs" if check else "written"
            if not same and not check:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(content, encoding="utf-8")
        self.say(
            options,
            {"files": [{"path": path, "state": state} for path, state in states.items()]},
            *(f"{path}: {state}" for path, state in states.items()),
        )
        drifted = [path for path, state in states.items() if state == "differs"]
        if drifted:
            raise CommandError(
                f"{', '.join(drifted)} differs from its source; run: python manage.py {self.name}"
            )


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None
