"""`manage.py generate_scopes`: the catalogue for other languages and for readers."""

from collections.abc import Mapping
from typing import ClassVar

from coderauth.commands.generating import GeneratingCommand
from scopes.engine.constants import generated_files


class Command(GeneratingCommand):
    help = "Write the scope constants of the SDKs and docs/reference/scopes.md anew."
    name: ClassVar[str] = "generate_scopes"

    def files(self) -> Mapping[str, str]:
        return generated_files()
