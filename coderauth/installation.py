"""What an installation keeps on disk, which `serve`, `migrate` and the WSGI application create.

Everything else only looks, so that a command in the wrong directory does not create a second
installation. Only the owner can read what is created, whatever the directory's mode and the umask.
"""

import contextlib
import errno
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from coderauth.database import sqlite_file
from coderauth.env import PREFIX, Environment
from coderauth.key_files import read_key

OTHERS = 0o007


def make_what_serving_needs() -> None:
    """Make the keys and the mail folder; raises ImproperlyConfigured with the variable to set."""
    make_keys(settings.KEY_FILES)
    if folder := getattr(settings, "EMAIL_FILE_PATH", None):
        try:
            make_mail_folder(Path(folder))
        except OSError as error:
            raise _unwritable("DATA_DIR", Path(folder), error) from error


def make_database() -> None:
    """Make the file of an SQLite database, empty; raises ImproperlyConfigured."""
    file = sqlite_file(settings.DATABASES["default"])
    if file is None:
        return
    try:
        make_database_file(file)
    except OSError as error:
        raise _unwritable(settings.DATABASE_VARIABLE, file, error) from error


def make_keys(files: Mapping[str, Path]) -> None:
    """Make the keys that no variable holds, and read them; raises ImproperlyConfigured."""
    for name, file in files.items():
        if not file.exists():
            try:
                _write_once(file, secrets.token_urlsafe(48))
            except OSError as error:
                raise _unwritable("DATA_DIR", file, error) from error
        _close_to_others(file)
        read_key(PREFIX + name, file)


def make_mail_folder(folder: Path) -> None:
    """Make the folder of `.eml` files, and check that files can be made in it; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    tempfile.TemporaryFile(dir=folder).close()


def make_database_file(file: Path) -> None:
    """Make the file, and check that SQLite can write to it and beside it; raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    # Not opened to check: closing it would drop the locks of this process's own connections.
    if not file.is_file() or not os.access(file, os.R_OK | os.W_OK):
        number = errno.EACCES if file.is_file() else errno.EISDIR
        raise OSError(number, os.strerror(number))
    tempfile.TemporaryFile(dir=file.parent).close()
    for suffix in ("", "-wal", "-shm"):
        _close_to_others(file.with_name(file.name + suffix))


def _write_once(file: Path, content: str) -> None:
    """Create `file` completely or not at all; of several starting processes the first wins."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(content)
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()


def _close_to_others(file: Path) -> None:
    """Close a file to all other users; the rights of its group are the operator's choice."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        if file.stat().st_mode & OTHERS:
            file.chmod(0o600)


def _unwritable(variable: str, path: Path, error: OSError) -> ImproperlyConfigured:
    place = "file" if variable == "DATABASE_URL" else "directory"
    return Environment.wrong(
        variable,
        f"must name a {place} that this user may write to; {path} is not: {error.strerror}",
    )
