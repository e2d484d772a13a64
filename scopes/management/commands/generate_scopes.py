"""`manage.py generate_scopes`: the catalogue of scopes for other languages and for readers."""

from collections.abc import Mapping
from typing import ClassVar

from coderauth.commands.generating import GeneratingCommand
from scopes.engine.constants import generated_files


class Command(GeneratingCommand):
    help = "Regenerate the scope constants of the SDKs and docs/reference/scopes.md."
    name: ClassVar[str] = "generate_scopes"

    def files(self) -> Mapping[str, str]:
        return generated_files()
