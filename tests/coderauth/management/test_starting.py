"""Each way to fail at the start is one sentence that says what to set right."""

import os
import re
import runpy
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.utils import ConnectionHandler
from pytest_django import Settings

from coderauth.database import read_database_url
from coderauth.installation import make_database_file, make_keys, make_what_serving_needs
from coderauth.management.hints import command_line
from coderauth.management.starting import refuse_newer_database
from coderauth.management.trouble import trouble
from coderauth.management.web import resolve_address
from coderauth.settings import env
from tests.processes import SQLITE, Installation
from tests.servers import free_port
from tests.waiting import PATIENCE

# What these hold cannot be told from a right value before it is used.
FREE = frozenset(
    {
        "DATA_DIR", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_SCOPES", "OIDC_EMAIL_DOMAIN",
        "OIDC_SIGNUPS_DISABLED_TEXT", "OIDC_USERNAME_FIELD", "OIDC_EMAIL_FIELD", "OIDC_NAME_FIELD",
        "OIDC_SIGN_IN_TEXT", "OIDC_ICON_URL", "OIDC_GROUP_FIELD", "OIDC_USER_ROLE_FIELD",
        "OIDC_USER_ROLE_DEFAULT", "OAUTH2_GITHUB_CLIENT_SECRET", "OAUTH2_GITHUB_ALLOWED_ORGS",
        "OAUTH2_GITHUB_ALLOWED_TEAMS",
    }
)  # fmt: skip


def refusal_of(values: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Read the settings with more variables and return what is said against them."""
    for name, value in values.items():
        monkeypatch.setenv(f"CODERAUTH_{name}", value)
    with pytest.raises(ImproperlyConfigured) as refusal:
        runpy.run_path("coderauth/settings.py")
    return str(refusal.value)


@pytest.mark.parametrize("name", sorted(env.known.keys() - FREE))
def test_nonsense_in_a_variable_is_refused_by_its_name(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusal_of({name: "?nonsense"}, monkeypatch)
    assert f"CODERAUTH_{name} " in said or said.startswith(f"CODERAUTH_{name.rpartition('_')[0]}")
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize("name", sorted(env.known))
def test_a_file_that_cannot_be_read_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(f"CODERAUTH_{name}", raising=False)
    said = refusal_of({f"{name}_FILE": str(tmp_path / "missing")}, monkeypatch)
    assert said.startswith(f"CODERAUTH_{name}_FILE cannot be read: ")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ARGON2_MEMORY_KIB": "8", "ARGON2_PARALLELISM": "2"}, "CODERAUTH_ARGON2_MEMORY_KIB"),
        ({"EMAIL_USERNAME": "me"}, "CODERAUTH_EMAIL_USERNAME and EMAIL_PASSWORD"),
        ({"OIDC_2_ISUER_URL": "https://x"}, "CODERAUTH_OIDC_2_ISUER_URL is not a setting"),
        ({"SECRET_KEY": "short"}, "CODERAUTH_SECRET_KEY must have at least 32 characters"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    values: Mapping[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal_of(values, monkeypatch).startswith(said)


def why_it_does_not_start(installation: Installation, *command: str) -> str:
    """Start the server, which must not start, and return the one sentence it says."""
    installation.environment["CODERAUTH_DATABASE_WAIT"] = "0"
    done = installation.run(*(command or ("serve",)))
    assert done.returncode == 1, done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert "nary" not in lines[0]
    return lines[0]


@pytest.mark.no_database
def test_a_misspelled_variable_stops_every_command(fresh: Installation) -> None:
    fresh.environment["CODERAUTH_DATADIR"] = "/data"
    assert why_it_does_not_start(fresh, "users", "list") == (
        "CODERAUTH_DATADIR is not a setting of coderauth; did you mean CODERAUTH_DATA_DIR?"
    )


def test_another_server_is_told_the_same_and_does_not_try_for_ever(fresh: Installation) -> None:
    fresh.environment["CODERAUTH_WORKERS"] = "many"
    command = [sys.executable, "-m", "gunicorn", "coderauth.wsgi:application"]
    with fresh.start(*command, "--bind", f"127.0.0.1:{fresh.port}") as server:
        assert server.process.wait(PATIENCE) == 3
    assert "CODERAUTH_WORKERS must be a whole number, not 'many'.\n" in server.text
    assert "Traceback" not in server.text


def test_packages_that_are_missing_are_told() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "manage.py", "help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert re.fullmatch(
        r"The package django is not installed for .*\. Run `make install`.*\n", done.stderr
    )


def test_a_reader_that_has_read_enough_ends_a_command_quietly() -> None:
    done = subprocess.run(
        f"{shlex.quote(sys.executable)} manage.py help serve | head -n 1",
        shell=True, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.stdout.startswith("usage: manage.py serve")
    assert done.stderr == ""


@pytest.mark.no_database
def test_a_data_directory_that_cannot_be_written_is_named(fresh: Installation) -> None:
    del fresh.environment["CODERAUTH_DATABASE_URL"]
    (fresh.folder / "data").touch()
    assert why_it_does_not_start(fresh) == (
        "CODERAUTH_DATA_DIR must name a directory that this user may write to; "
        f"{fresh.folder}/data/coderauth.sqlite3 is not: File exists."
    )


@pytest.mark.no_database
def test_a_database_file_that_is_none_is_named(migrated: Installation) -> None:
    file = migrated.folder / SQLITE
    file.write_text("no database at all, but long enough to be looked at" * 100)
    assert why_it_does_not_start(migrated) == (
        f"The database {file} cannot be used: file is not a database. Check CODERAUTH_DATABASE_URL."
    )


@pytest.mark.no_database
def test_a_key_file_that_cannot_be_used_is_named(fresh: Installation) -> None:
    del fresh.environment["CODERAUTH_SECRET_KEY"]
    file = fresh.folder / "data" / "secret_key"
    file.parent.mkdir(parents=True)
    file.write_text("too short")
    assert why_it_does_not_start(fresh).startswith(
        f"CODERAUTH_SECRET_KEY is not set, and {file} holds no usable key"
    )


@pytest.mark.no_database
def test_a_redis_that_does_not_answer_is_named_without_its_password(fresh: Installation) -> None:
    fresh.environment["CODERAUTH_REDIS_URL"] = "redis://:canary@127.0.0.1:1/0"
    said = why_it_does_not_start(fresh)
    assert "Redis cannot be used: " in said
    assert "Connection refused" in said
    assert "Check CODERAUTH_REDIS_URL" in said


@pytest.mark.no_database
def test_an_address_in_use_is_told_before_anything_is_made(fresh: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        fresh.environment["CODERAUTH_HTTP_ADDRESS"] = taken
        assert f"Cannot listen on {taken}: Address already in use." in why_it_does_not_start(fresh)
    assert not any(fresh.folder.iterdir())


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (("nowhere.invalid", 3000), "Cannot find the address of nowhere.invalid: "),
        (("192.0.2.1", 3000), "Cannot listen on 192.0.2.1:3000: Cannot assign requested address."),
    ],
)
def test_an_address_that_is_not_of_this_machine_is_told(
    settings: Settings, address: tuple[str, int], said: str
) -> None:
    settings.HTTP_ADDRESS = address
    with pytest.raises(CommandError) as refusal:
        resolve_address()
    assert str(refusal.value).startswith(said)
    settings.HTTP_ADDRESS = ("127.0.0.1", free_port())
    assert resolve_address() == "127.0.0.1"


def unusable_places(folder: Path) -> list[tuple[Path, str]]:
    """Return where not even the superuser makes a file, and what the system says to it."""
    (folder / "file").touch()
    places = [(folder / "file" / "deeper", "Not a directory"), (Path("/proc/data"), "No such file")]
    if os.geteuid():
        (folder / "closed").mkdir(mode=0o500)
        places.append((folder / "closed" / "data", "Permission denied"))
    return places


def test_a_folder_or_file_that_cannot_be_made_is_named_with_the_reason(
    settings: Settings, tmp_path: Path
) -> None:
    for place, reason in unusable_places(tmp_path):
        with pytest.raises(ImproperlyConfigured, match=f"^CODERAUTH_DATA_DIR .*{reason}"):
            make_keys({"X": place / "key"})
        with pytest.raises(OSError, match=reason):
            make_database_file(place / "data.sqlite3")
        settings.EMAIL_FILE_PATH = place / "mail"
        with pytest.raises(ImproperlyConfigured, match=f"^CODERAUTH_DATA_DIR .*{reason}"):
            make_what_serving_needs()
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    make_what_serving_needs()
    assert not any((tmp_path / "mail").iterdir())


def test_a_directory_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Is a directory"):
        make_database_file(tmp_path)
    with pytest.raises(ImproperlyConfigured, match="cannot be read: Is a directory"):
        make_keys({"X": tmp_path})


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"path": "/nowhere"}, 'database "nowhere" does not exist'),
        ({"netloc": "nobody:canary@127.0.0.1:{port}"}, 'role "nobody" does not exist'),
        ({"netloc": "me:canary@127.0.0.1:1"}, "Connection refused"),
        ({"netloc": "me:canary@nowhere.invalid"}, "failed to resolve host 'nowhere.invalid'"),
        ({"query": "sslmode=require"}, "server does not support SSL"),
        ({"query": "nosuch=1"}, 'invalid connection option "nosuch"'),
    ],
)
def test_a_postgresql_that_cannot_be_used_is_told_in_one_sentence(
    db: None, changed: Mapping[str, str], said: str
) -> None:
    parts = urlsplit(os.environ["CODERAUTH_DATABASE_URL"])
    changed = {key: value.format(port=parts.port) for key, value in changed.items()}
    url = parts._replace(**changed).geturl()
    database = read_database_url(url, prepared_statements=True)
    with pytest.raises(Error) as failure:
        ConnectionHandler({"default": database})["default"].ensure_connection()
    told = trouble(failure.value)
    assert told is not None
    assert said in told
    assert told.endswith("Check CODERAUTH_DATABASE_URL.")
    assert "\n" not in told
    assert "canary" not in told


@pytest.mark.postgres
def test_a_database_that_there_is_not_stops_the_start(fresh: Installation) -> None:
    fresh.environment["CODERAUTH_DATABASE_URL"] += "_not"
    assert '_not" does not exist. Check CODERAUTH_DATABASE_URL.' in why_it_does_not_start(fresh)


@pytest.mark.postgres
def test_a_postgresql_user_that_may_make_no_tables_is_told_so(fresh: Installation) -> None:
    url = fresh.environment["CODERAUTH_DATABASE_URL"]
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN")
        try:
            parts = urlsplit(url)
            netloc = f"{name}@127.0.0.1:{parts.port}"
            fresh.environment["CODERAUTH_DATABASE_URL"] = parts._replace(netloc=netloc).geturl()
            done = fresh.run("migrate", "-v0")
        finally:
            admin.execute(f"DROP ROLE {name}")
    assert done.stderr == (
        f"The database 127.0.0.1/{name} cannot be used: permission denied for schema public. "
        "Check CODERAUTH_DATABASE_URL.\n"
    )


def test_a_database_without_tables_is_told_from_one_that_is_missing(fresh: Installation) -> None:
    (fresh.folder / SQLITE).touch()
    said = why_it_does_not_start(fresh, "users", "list")
    assert "lacks what this version keeps in it" in said
    assert "Run `manage.py migrate`" in said


def test_a_database_of_a_newer_version_is_refused(db: None) -> None:
    refuse_newer_database(MigrationLoader(connection))
    loader = MigrationLoader(connection)
    loader.applied_migrations["scopes", "9999_of_tomorrow"] = None  # type: ignore[assignment]
    with pytest.raises(CommandError, match=r"scopes\.9999_of_tomorrow is not known here"):
        refuse_newer_database(loader)


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("DATA_DIR", "/my data", "CODERAUTH_DATA_DIR='/my data' "),
        ("DATABASE_URL", "sqlite:////x y", "CODERAUTH_DATABASE_URL='sqlite:////x y' "),
        ("DATABASE_URL", "postgres://me@h/n", "CODERAUTH_DATABASE_URL=postgres://me@h/n "),
        (
            "DATABASE_URL",
            "postgres://me:canary@h:1/n?sslmode=require",
            "CODERAUTH_DATABASE_URL='postgres://me:<password>@h:1/n?sslmode=require' ",
        ),
        ("DATABASE_URL_FILE", "/run/secrets/url", "CODERAUTH_DATABASE_URL_FILE=/run/secrets/url "),
    ],
)
def test_a_hint_names_the_database_and_no_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, shown: str
) -> None:
    monkeypatch.delenv("CODERAUTH_DATABASE_URL", raising=False)
    monkeypatch.setenv(f"CODERAUTH_{variable}", value)
    settings.DATABASE_VARIABLE = variable.removesuffix("_FILE")
    settings.DATA_DIR = Path(value)
    hint = command_line("create_admin")
    assert hint.startswith(shown)
    assert hint.endswith(" create_admin")
