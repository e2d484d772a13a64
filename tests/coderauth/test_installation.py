"""What is made on disk, by whom, and who can read it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from coderauth.installation import make_database_file, make_keys
from tests.places import ROOT
from tests.processes import SQLITE, Installation
from tests.programs import PROGRAM_LIMIT
from tests.waiting import until

READING_COMMANDS = (
    ("users", "list"),
    ("tokens", "create", "--user=ada"),
    ("rotate_encryption",),
    ("migrate", "--plan"),
)
PERSON = {"email": "owner@example.test", "username": "owner"}


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize("command", READING_COMMANDS, ids=" ".join)
def test_a_command_in_the_wrong_directory_makes_nothing(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("CODERAUTH_")
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PROGRAM_LIMIT,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"There is no database {tmp_path}/var/coderauth.sqlite3. Set CODERAUTH_DATA_DIR to where "
        "it is, or make it with `manage.py migrate`.\n"
    )
    assert not any(tmp_path.iterdir())


@pytest.mark.no_database
def test_a_command_names_the_database_that_it_does_not_find(fresh: Installation) -> None:
    file = fresh.folder / "nowhere" / "x.sqlite3"
    fresh.environment["CODERAUTH_DATABASE_URL"] = f"sqlite:///{file}"
    missing = fresh.run("users", "list")
    assert missing.stderr.startswith(f"There is no database {file}. Set CODERAUTH_DATABASE_URL to")
    assert not any(fresh.folder.iterdir())


@pytest.mark.no_database
def test_migrating_makes_the_database_and_no_keys(fresh: Installation) -> None:
    for name in ("SECRET_KEY", "ENCRYPTION_KEY", "DATABASE_URL"):
        fresh.environment.pop(f"CODERAUTH_{name}", None)
    assert fresh.run("migrate", "-v0").returncode == 0
    assert {file.name for file in (fresh.folder / "data").iterdir()} == {SQLITE}


@pytest.mark.no_database
@pytest.mark.long
def test_no_other_user_can_read_a_file_and_the_hint_reaches_the_database_from_anywhere(
    fresh: Installation,
) -> None:
    folder = fresh.folder / "data"
    folder.mkdir()
    folder.chmod(0o755)
    for name in ("SECRET_KEY", "ENCRYPTION_KEY", "DATABASE_URL"):
        fresh.environment.pop(f"CODERAUTH_{name}", None)
    before = os.umask(0)
    try:
        with fresh.start("serve") as server:
            server.wait_for("create_admin")
            hint = next(line for line in server.text.splitlines() if line.endswith("create_admin"))
            done = subprocess.run(
                f"{hint} --email={PERSON['email']} --username={PERSON['username']} "
                "--generate-password",
                shell=True,
                cwd="/",
                env={"PATH": os.environ["PATH"]},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=PROGRAM_LIMIT,
            )
            assert done.returncode == 0, done.stderr
            assert fresh.call("/api/v2/users/otp/request", {"email": PERSON["email"]}) == 204
            until(lambda: any((folder / "mail").glob("*.eml")))
            modes = {
                file.relative_to(folder).as_posix(): mode_of(file)
                for file in folder.rglob("*")
                if file.is_file()
            }
    finally:
        os.umask(before)
    database = "coderauth.sqlite3"
    made = {"secret_key", "encryption_key", database, f"{database}-wal", f"{database}-shm"}
    assert made < modes.keys()
    assert set(modes.values()) == {0o600}
    assert mode_of(folder / "mail") == 0o700


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("data.sqlite3", "data.sqlite3-wal", "data.sqlite3-shm")]
    for file in files:
        file.touch()
        file.chmod(0o644)
    make_database_file(files[0])
    assert {mode_of(file) for file in files} == {0o600}
    files[0].chmod(0o640)  # The operator's own choice: a group that makes copies, say.
    make_database_file(files[0])
    assert mode_of(files[0]) == 0o640


def test_keys_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "secret_key"
    make_keys({"X": file})
    first = file.read_text()
    assert len(first) >= 32
    make_keys({"X": file})
    assert file.read_text() == first
    assert mode_of(file) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["secret_key"]


def test_a_key_that_cannot_be_used_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    file.write_text("short")
    with pytest.raises(
        ImproperlyConfigured, match=r"^CODERAUTH_X is not set, and .* no usable key"
    ):
        make_keys({"X": file})
    assert file.read_text() == "short"
    file.unlink()
    make_keys({"X": file})
    assert len(file.read_text()) >= 32
