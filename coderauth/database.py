"""Turn `CODERAUTH_DATABASE_URL` into Django's settings."""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import dj_database_url

SQLITE = "sqlite:///"
CONNECT_TIMEOUT = 5  # seconds, for each address of the host
# A host that vanishes says nothing: what was sent to it is given up after ten seconds, and its
# answer after fifteen, instead of a quarter of an hour and two hours.
PEER_GONE = {
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
POSTGRESQL = frozenset({"postgres", "postgresql", "pgsql"})
FORMS = "must look like postgres://user:password@host:5432/name or sqlite:///path/to/file"
# SQLite's way to say that connecting must not make the file.
_EXISTING = "?mode=rw"
_OPTIONS = re.compile(r"(?:timeout=([0-9]{1,6}))?")


def sqlite_database(file: Path, *, timeout: int = 20) -> dict[str, Any]:
    """Return the settings of an SQLite database; `timeout` is how long writers wait, in seconds.

    Connecting does not create the file, so that a wrong place is noticed.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"file:{quote(os.fsencode(file))}{_EXISTING}",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # Writers wait for each other instead of failing when a read turns into a write.
            "transaction_mode": "IMMEDIATE",
            "timeout": timeout,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def sqlite_file(database: dict[str, Any]) -> Path | None:
    """Return the file of an SQLite database; None for other databases, and in memory."""
    name = str(database["NAME"])
    if not database["ENGINE"].endswith("sqlite3") or not name.endswith(_EXISTING):
        return None
    path = name.removeprefix("file:").removesuffix(_EXISTING)
    return Path(unquote(path, errors="surrogateescape"))


def read_database_url(url: str, *, prepared_statements: bool) -> dict[str, Any]:
    """Return the settings of the database; raises ValueError, without the password in it."""
    if url.startswith(SQLITE):
        return _read_sqlite(url.removeprefix(SQLITE))
    if url.partition("://")[0] in POSTGRESQL:
        return _read_postgresql(url, prepared_statements=prepared_statements)
    raise ValueError(FORMS)


def _read_sqlite(text: str) -> dict[str, Any]:
    # `#` is part of the path: as a fragment, it would cut the path short.
    path, _, query = text.partition("?")
    options = _OPTIONS.fullmatch(query)
    if options is None:
        raise ValueError(
            "takes only `?timeout=` and seconds after the path; "
            "a question mark in a path is written %3F"
        )
    file = Path(unquote(path, errors="surrogateescape"))
    if not path or path.endswith("/") or file.name == ":memory:":
        raise ValueError(f"names no file; it {FORMS}")
    return sqlite_database(file.expanduser().resolve(), timeout=int(options[1] or 20))


def _read_postgresql(url: str, *, prepared_statements: bool) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        # After an unescaped `/`, `?` or `#` in a password, the rest has another meaning.
        is_cut = "@" in parts.path + parts.query or "#" in url or "/" in parts.path[1:]
        database: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=None))
    except ValueError:  # Its text quotes whatever is in the place of the port.
        is_cut = True
    if is_cut:
        raise ValueError(
            "cannot be read; in the user name, the password and the name of the database, write "
            "%23 for #, %2F for /, %3A for :, %3F for ?, %40 for @, %5B for [ and %25 for %"
        )
    options = database.setdefault("OPTIONS", {})
    if not database["NAME"] and "service" not in options:
        raise ValueError(f"names no database; it {FORMS}")
    # The statement that finds a caller takes a quarter of the time once it is prepared.
    options.setdefault("server_side_binding", prepared_statements)
    options.setdefault("prepare_threshold", 5 if prepared_statements else None)
    # A pooler may send the next statement to a connection that knows no such cursor.
    database["DISABLE_SERVER_SIDE_CURSORS"] = not prepared_statements
    # Without it, a host that is down is waited for as long as the network likes.
    options.setdefault("connect_timeout", CONNECT_TIMEOUT)
    for name, value in PEER_GONE.items():
        options.setdefault(name, value)
    return database
