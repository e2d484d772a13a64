"""How to start another command that reaches the same database from any directory."""

import os
import shlex
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from coderauth.env import PREFIX

HIDDEN = "<password>"


def command_line(*arguments: str) -> str:
    """Return what to type in a shell for a command of `manage.py`, without any password."""
    program = Path(sys.argv[0]).absolute()
    typed = shlex.join([sys.executable, str(program), *arguments])
    return f"{_database()} {typed}"


def _database() -> str:
    name = f"{PREFIX}{settings.DATABASE_VARIABLE}"
    if name.endswith("DATA_DIR"):
        return f"{name}={shlex.quote(str(settings.DATA_DIR))}"
    if file := os.environ.get(f"{name}_FILE", "").strip():
        return f"{name}_FILE={shlex.quote(str(Path(file).absolute()))}"
    url = os.environ[name].strip()
    parts = urlsplit(url)
    if parts.password:
        account, _, host = parts.netloc.rpartition("@")
        url = parts._replace(netloc=f"{account.partition(':')[0]}:{HIDDEN}@{host}").geturl()
    return f"{name}={shlex.quote(url)}"
