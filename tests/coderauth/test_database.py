"""What `CODERAUTH_DATABASE_URL` may say, and that an SQLite path means that path."""

import sqlite3
from pathlib import Path

import pytest

from coderauth.database import read_database_url, sqlite_database, sqlite_file
from tests.processes import SQLITE, Installation

AWKWARD = "a #b ?c %d %23e &f=mode=memory ü"


def read(url: str) -> dict[str, object]:
    return read_database_url(url, prepared_statements=True)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////data/coderauth.sqlite3", "/data/coderauth.sqlite3"),
        ("sqlite:////data/a%20b%23c.sqlite3", "/data/a b#c.sqlite3"),
        ("sqlite:////data/a b#c.sqlite3", "/data/a b#c.sqlite3"),
        ("sqlite:////data/50%/x.sqlite3", "/data/50%/x.sqlite3"),
        ("sqlite:////data/what%3F.sqlite3?timeout=5", "/data/what?.sqlite3"),
    ],
)
def test_a_url_of_sqlite_names_one_file(url: str, path: str) -> None:
    assert sqlite_file(read(url)) == Path(path)


def test_a_relative_path_is_from_the_directory_one_is_in() -> None:
    assert sqlite_file(read("sqlite:///here.sqlite3")) == Path.cwd() / "here.sqlite3"


def test_writers_wait_as_long_as_the_url_says() -> None:
    assert read("sqlite:///x?timeout=5")["OPTIONS"]["timeout"] == 5  # type: ignore[index]
    assert read("sqlite:///x")["OPTIONS"]["timeout"] == 20  # type: ignore[index]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://:memory:", "sqlite:////data/",
        "sqlite:///a?b.sqlite3", "sqlite:///a?timeout=x", "sqlite:///a?timeout=1&cached=1",
        "mysql://a@b/c", "postgres", "/data/coderauth.sqlite3", "postgres://host",
        "postgres://host/", "postgres://host:port/name", "postgres://[::1/name",
    ],
)  # fmt: skip
def test_what_names_no_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must look like|cannot be read|takes only"):
        read(url)


def test_a_connection_makes_no_file(tmp_path: Path) -> None:
    file = tmp_path / AWKWARD
    name = sqlite_database(file)["NAME"]
    with pytest.raises(sqlite3.OperationalError):
        sqlite3.connect(name, uri=True)
    file.touch()
    sqlite3.connect(name, uri=True).close()
    assert [entry.name for entry in tmp_path.iterdir()] == [AWKWARD]


@pytest.mark.parametrize("form", ["CODERAUTH_DATA_DIR", "CODERAUTH_DATABASE_URL"])
@pytest.mark.no_database
def test_a_directory_with_special_characters_has_its_own_database(
    migrated: Installation, form: str
) -> None:
    folder = migrated.folder / AWKWARD
    folder.mkdir()
    (migrated.folder / SQLITE).rename(folder / SQLITE)
    migrated.environment["CODERAUTH_DATA_DIR"] = str(folder)
    del migrated.environment["CODERAUTH_DATABASE_URL"]
    if form == "CODERAUTH_DATABASE_URL":
        escaped = str(folder).replace("%", "%25").replace("?", "%3F")
        migrated.environment[form] = f"sqlite:///{escaped}/{SQLITE}"
    done = migrated.run("create_admin", "--email=a@b.test", "--username=ann", "--generate-password")
    assert done.returncode == 0, done.stderr
    assert [entry.name for entry in migrated.folder.iterdir()] == [AWKWARD]


@pytest.mark.parametrize(
    ("written", "password"),
    [
        ("simple", "simple"), ("a%40b", "a@b"), ("a%23b%2Fc%3Fd%3Ae%5Bf%5D", "a#b/c?d:e[f]"),
        ("100%25", "100%"), ("a+b", "a+b"), ("a:b", "a:b"), ("p%C3%A4ss", "päss"), ("a@b", "a@b"),
    ],
)  # fmt: skip
def test_a_password_may_have_any_character(written: str, password: str) -> None:
    found = read(f"postgres://me:{written}@host:5433/name")
    assert found["PASSWORD"] == password
    assert (found["USER"], found["HOST"], found["PORT"]) == ("me", "host", 5433)
    assert found["NAME"] == "name"


@pytest.mark.parametrize("password", ["ca#nary", "ca/nary", "ca?nary", "12?canary", "ca@n#ary"])
def test_an_unescaped_character_in_a_password_is_told_without_the_password(password: str) -> None:
    with pytest.raises(ValueError, match="%23 for #") as refusal:
        read(f"postgres://me:{password}@host/name")
    assert refusal.value.__context__ is None
    assert "nary" not in str(refusal.value)


def test_options_of_postgresql_are_handed_on() -> None:
    found = read("postgres://me@%2Frun%2Fpostgresql/name?sslmode=require&application_name=a%40b")
    assert found["HOST"] == "/run/postgresql"
    assert found["OPTIONS"]["sslmode"] == "require"  # type: ignore[index]
    assert found["OPTIONS"]["application_name"] == "a@b"  # type: ignore[index]
