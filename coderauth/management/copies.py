"""Copies of an SQLite installation: one file with the database and the keys that stand beside it.

A copy is a tar archive of `manifest.json`, the database, and those keys that no variable holds. It
is as secret as the installation itself.
"""

import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from audit.chain import Verdict, verify
from coderauth import __version__
from coderauth.database import sqlite_database, sqlite_file
from coderauth.management.starting import refuse_newer_database

FORMAT: Final = 1
MANIFEST, DATABASE = "manifest.json", "coderauth.sqlite3"
PAGES = 1024  # at a time
POSTGRESQL = (
    "The database is PostgreSQL, which has its own tools: pg_dump and pg_restore "
    "(docs/backup.md says which options, and which keys to keep beside it)."
)
Say = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a copy: its entries of the audit, and the migrations that it lacks."""

    verdict: Verdict
    missing_migrations: int


def require_sqlite() -> Path:
    """Return the file of the database; raises CommandError for another kind of database."""
    file = sqlite_file(settings.DATABASES["default"])
    if file is None:
        raise CommandError(POSTGRESQL)
    return file


def keys_beside() -> dict[str, Path]:
    """Return the keys that stand in files of the data directory, by the names of the files."""
    return {file.name: file for file in settings.KEY_FILES.values() if file.is_file()}


def database_copy(source: Path, target: Path, say: Say) -> None:
    """Copy a database that others write to; what they commit meanwhile is not in the copy.

    The snapshot is held open: otherwise each write of another process would begin the copy anew.
    """
    if not source.is_file():
        raise CommandError(f"There is no database {source}.")
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=20)) as origin:
        origin.isolation_level = None
        origin.execute("BEGIN")
        origin.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(target)) as copied:
            target.chmod(0o600)
            origin.backup(
                copied, pages=PAGES, progress=lambda _, left, total: say(total - left, total)
            )
            copied.execute("PRAGMA journal_mode=DELETE")


def database_check(file: Path) -> Checked:
    """Raise CommandError unless SQLite and the audit find nothing wrong with a database."""
    try:
        with closing(sqlite3.connect(file)) as opened:
            told = [row[0] for row in opened.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        raise CommandError(f"The copy is no database that SQLite can read: {error}.") from error
    if told != ["ok"]:
        raise CommandError(f"SQLite finds the copy damaged: {told[0]}.")
    with _looking_at(file):
        executor = MigrationExecutor(connection)
        refuse_newer_database(executor.loader)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing:
            # The audit of an older version may lack what `verify` reads.
            return Checked(_unread(), missing)
        verdict = verify()
    if not verdict.is_intact:
        raise CommandError(
            f"The audit in the copy is broken at entry {verdict.first_bad}: {verdict.reason}."
        )
    return Checked(verdict, missing)


def _unread() -> Verdict:
    return Verdict(0, 0, 0, "", 0, None)


@contextmanager
def _looking_at(file: Path) -> Iterator[None]:
    """Let this block's queries go to another database file."""
    own = connections["default"]
    other = connections.create_connection("default")
    other.settings_dict = {**own.settings_dict, **sqlite_database(file)}
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = own


def archive_write(database: Path, target: Path, about: dict[str, Any]) -> None:
    """Write the copy whole or not at all, readable by its owner alone."""
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(descriptor, "wb") as handle:
            with tarfile.open(fileobj=handle, mode="w") as archive:
                text = json.dumps({"format": FORMAT, "version": __version__, **about}).encode()
                entry = tarfile.TarInfo(MANIFEST)
                entry.size, entry.mode = len(text), 0o600
                archive.addfile(entry, BytesIO(text))
                archive.add(database, DATABASE, filter=_plain)
                for name, file in keys_beside().items():
                    archive.add(file, name, filter=_plain)
            handle.flush()
            os.fsync(handle.fileno())
        Path(draft).replace(target)
    finally:
        with suppress(FileNotFoundError):
            Path(draft).unlink()


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who owned a file on this machine."""
    entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = 0o600, 0, 0, "", ""
    return entry


def archive_read(source: Path, folder: Path) -> dict[str, Any]:
    """Put what is in a copy into a folder, and return its manifest; raises CommandError.

    Only files of known names are taken out: an archive cannot write anywhere else.
    """
    names = {MANIFEST, DATABASE, *(file.name for file in settings.KEY_FILES.values())}
    try:
        with tarfile.open(source) as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isreg() else None
                if entry.name in names and content is not None:
                    _write(folder / entry.name, content)
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, tarfile.TarError, ValueError) as error:
        raise CommandError(f"{source} is no backup that can be read: {error}.") from error
    if manifest.get("format") != FORMAT or not (folder / DATABASE).is_file():
        raise CommandError(f"{source} is no backup of this version of coderauth.")
    return manifest


def _write(file: Path, content: Any) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
        while piece := content.read(1 << 20):
            handle.write(piece)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold a database so that nobody else has it; raises CommandError while a server runs.

    Whoever has a database open in WAL mode keeps it from leaving that mode.
    """
    connection.close()
    if not file.exists():
        yield
        return
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as own:
        try:
            own.execute("PRAGMA locking_mode=EXCLUSIVE")
            mode = own.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            own.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise CommandError(
                f"{file} is in use: stop the server and the worker first. Nothing was changed."
            ) from error
        except sqlite3.DatabaseError:
            mode = "delete"  # It is damaged, which is why somebody restores a copy.
        if mode != "delete":
            raise CommandError(f"{file} is in use. Nothing was changed.")
        yield
