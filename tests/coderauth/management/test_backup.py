"""A copy of a running installation is whole, and what is restored from it works."""

import json
import os
import sqlite3
import stat
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.processes import SQLITE, Installation, installation
from tests.waiting import PATIENCE, until

KEYS = ("CODERAUTH_SECRET_KEY", "CODERAUTH_ENCRYPTION_KEY")
PASSWORD = "correct horse battery staple 9"


@pytest.fixture
def seeded(migrated: Installation, tmp_path: Path) -> Installation:
    """Provide an installation that has been served once, with an owner and keys in files."""
    for name in KEYS:
        migrated.environment.pop(name, None)
    with migrated.start("serve") as running:
        running.wait_for("is ready at")
        assert running.stop() == 0
    made = migrated.run(
        "create_admin", "--email=o@example.test", "--username=olga", "--password-stdin",
        given=PASSWORD + "\n",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return migrated


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Installation]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with installation(folder) as made:
        for name in KEYS:
            made.environment.pop(name, None)
        yield made


def told(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def token_of(seeded: Installation) -> str:
    token: str = told(seeded.run("tokens", "create", "--user=olga", "--name=kept", "--json"))["key"]
    return token


def answer(service: Installation, token: str) -> int:
    """Start a service and return what it says to somebody with this token."""
    with service.start("serve") as running:
        running.wait_for("is ready at")
        return service.call(f"/api/v2/users/me?coder_session_token={token}")


pytestmark = [pytest.mark.no_database, pytest.mark.long]


def test_a_restored_installation_takes_the_same_key(
    seeded: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    token, copy = token_of(seeded), tmp_path / "copy.tar"
    wrote = told(seeded.run("backup", str(copy), "--json"))
    later = told(seeded.run("tokens", "create", "--user=olga", "--name=later", "--json"))["key"]

    restored = told(elsewhere.run("restore", str(copy), "--json"))

    assert elsewhere.rows("SELECT count(*) > 1 FROM audit_entry") == [[1]]
    assert restored["keys"] == wrote["keys"] == ["encryption_key", "secret_key"]
    assert wrote["keep_also"] == []
    assert answer(elsewhere, token) == 200
    assert answer(elsewhere, later) == 401
    for name in wrote["keys"]:
        kept = seeded.folder / "data" / name
        assert (elsewhere.folder / "data" / name).read_text() == kept.read_text()
    assert elsewhere.run("audit", "verify").returncode == 0


def test_only_its_owner_can_read_a_copy_and_what_is_restored(
    seeded: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.tar"
    told(seeded.run("backup", str(copy), "--json"))
    told(elsewhere.run("restore", str(copy), "--json"))

    for file in (copy, elsewhere.folder / SQLITE, elsewhere.folder / "data" / "secret_key"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_a_copy_made_during_writes_is_whole(
    seeded: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    copy, ended, written = tmp_path / "copy.tar", threading.Event(), []

    def write() -> None:
        with closing(sqlite3.connect(seeded.folder / SQLITE, timeout=PATIENCE)) as own:
            number = 0
            while not ended.is_set():
                number += 1
                # Both or neither: a copy between the two would not be one moment.
                with own:
                    own.execute("UPDATE accounts_user SET name = ?", [str(number)])
                    own.execute("UPDATE scopes_organization SET description = ?", [str(number)])
                written.append(number)

    with seeded.start("serve") as running:
        running.wait_for("is ready at")
        writer = threading.Thread(target=write, daemon=True)
        writer.start()
        try:
            until(lambda: len(written) > 10)
            before = len(written)
            done = seeded.run("backup", str(copy), "--json")
            during = len(written) - before
        finally:
            ended.set()
            writer.join(PATIENCE)
    assert done.returncode == 0, done.stderr
    assert during > 0
    told(elsewhere.run("restore", str(copy), "--json"))
    ((name, described),) = elsewhere.rows(
        "SELECT u.name, o.description FROM accounts_user u, scopes_organization o"
    )
    assert name == described
    assert before <= int(name) <= before + during


def test_nothing_is_restored_under_a_running_server(seeded: Installation, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar"
    told(seeded.run("backup", str(copy), "--json"))

    with seeded.start("serve") as running:
        running.wait_for("is ready at")
        refused = seeded.run("restore", str(copy), "--yes")
        assert seeded.call("/readyz") == 200
    assert refused.returncode == 1
    assert "is in use: stop the server and the worker first." in refused.stderr
    assert seeded.run("restore", str(copy), "--yes").returncode == 0


def test_an_installation_is_not_replaced_unasked(seeded: Installation, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar"
    told(seeded.run("backup", str(copy), "--json"))
    token = token_of(seeded)

    refused = seeded.run("restore", str(copy))
    assert (refused.returncode, "use --yes" in refused.stderr) == (1, True)
    assert answer(seeded, token) == 200
    told(seeded.run("restore", str(copy), "--yes", "--json"))
    assert answer(seeded, token) == 401


def test_no_copy_is_written_over_another(seeded: Installation, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar"
    copy.write_text("mine")

    refused = seeded.run("backup", str(copy))

    assert (refused.returncode, copy.read_text()) == (1, "mine")
    assert "exists already" in refused.stderr


def test_keys_that_variables_hold_are_named(seeded: Installation, tmp_path: Path) -> None:
    seeded.environment["CODERAUTH_SECRET_KEY"] = "k" * 50

    wrote = told(seeded.run("backup", str(tmp_path / "copy.tar"), "--json"))

    assert (wrote["keys"], wrote["keep_also"]) == (["encryption_key"], ["CODERAUTH_SECRET_KEY"])


def test_a_damaged_copy_is_refused(
    seeded: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    copy, unpacked = tmp_path / "copy.tar", tmp_path / "unpacked"
    token_of(seeded)
    told(seeded.run("audit", "verify", "--json"))
    with seeded.start("serve") as running:
        running.wait_for("is ready at")
        until(lambda: seeded.rows("SELECT 1 FROM audit_entry WHERE sequence IS NULL") == [])
    told(seeded.run("backup", str(copy), "--json"))
    with tarfile.open(copy) as archive:
        archive.extractall(unpacked, filter="data")
    for change, reason in (
        (_forge, "The audit in the copy is broken at entry 1"),
        (lambda file: file.write_bytes(b"x" * 9000), "no database that SQLite can read"),
    ):
        change(unpacked / "coderauth.sqlite3")
        with tarfile.open(copy, "w") as archive:
            for file in unpacked.iterdir():
                archive.add(file, file.name)
        refused = elsewhere.run("restore", str(copy))
        assert (refused.returncode, reason in refused.stderr) == (1, True), refused.stderr
        assert not (elsewhere.folder / SQLITE).exists()
    copy.write_bytes(os.urandom(5000))
    assert "is no backup that can be read" in elsewhere.run("restore", str(copy)).stderr


def _forge(file: Path) -> None:
    with closing(sqlite3.connect(file)) as opened, opened:
        triggers = opened.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for (name,) in triggers:
            opened.execute(f"DROP TRIGGER {name}")
        opened.execute("UPDATE audit_entry SET action = 'read' WHERE sequence = 1")


def test_an_archive_writes_nowhere_else(elsewhere: Installation, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar"
    (tmp_path / "x").write_text("{}")
    with tarfile.open(copy, "w") as archive:
        archive.add(tmp_path / "x", "manifest.json")
        archive.add(tmp_path / "x", "../../escaped")

    refused = elsewhere.run("restore", str(copy))

    assert (refused.returncode, "is no backup" in refused.stderr) == (1, True)
    assert not list(tmp_path.rglob("escaped"))
