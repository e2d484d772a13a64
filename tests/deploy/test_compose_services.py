"""The commands, settings and secrets of deploy/compose.yaml make a service that is ready."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.deploy.composed import DEPLOY, compose, services
from tests.npm import missing
from tests.places import ROOT
from tests.processes import Installation
from tests.programs import run_program
from tests.servers import MissingServerError, find_program, redis


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The folder that make_secrets.sh makes beside itself."""
    shutil.copy(DEPLOY / "make_secrets.sh", tmp_path)
    made = run_program(tmp_path / "make_secrets.sh")
    assert made.returncode == 0, made.stderr
    return tmp_path / "secrets"


def as_composed(fresh: Installation, name: str, secrets: Path) -> list[str]:
    """Give an installation what a service is given; return the arguments of `manage.py`.

    Its addresses stay: no name of another service is known here.
    """
    service = services()[name]
    given = service["environment"]
    fresh.environment |= {
        key: str(value).replace("/run/secrets", str(secrets)) for key, value in given.items()
    }
    for kept in ("SECRET_KEY", "ENCRYPTION_KEY", "DATABASE_URL", "REDIS_URL"):
        fresh.environment.pop(f"CODERAUTH_{kept}", None)
    command: list[str] = service["command"]
    return command


def test_every_secret_is_made_for_the_eyes_of_its_maker(secrets: Path) -> None:
    named = {entry["file"] for entry in compose()["secrets"].values()}
    assert {Path(name).parent for name in named} == {Path("secrets")}
    assert {Path(name).name for name in named} <= {file.name for file in secrets.iterdir()}
    assert secrets.stat().st_mode & 0o777 == 0o700
    # A container's user is another one: it must be able to read what is mounted.
    assert {file.stat().st_mode & 0o777 for file in secrets.iterdir()} == {0o444}


def test_secrets_that_are_there_stay(secrets: Path) -> None:
    before = {file.name: file.read_text() for file in secrets.iterdir()}
    (secrets / "redis_url").unlink()
    assert (
        run_program(secrets.parent / "make_secrets.sh").stdout == "made deploy/secrets/redis_url\n"
    )
    assert {file.name: file.read_text() for file in secrets.iterdir()} == before


@pytest.mark.long
def test_services_become_ready_with_their_settings(fresh: Installation, secrets: Path) -> None:
    (secrets / "database_url").unlink()
    (secrets / "database_url").write_text(fresh.environment["CODERAUTH_DATABASE_URL"])
    password = (secrets / "redis_password").read_text()
    with redis(configuration=secrets / "redis_conf") as address:
        (secrets / "redis_url").unlink()
        (secrets / "redis_url").write_text(address.replace("//", f"//:{password}@"))
        migrated = fresh.run(*as_composed(fresh, "migrate", secrets))
        assert migrated.returncode == 0, migrated.stderr
        with fresh.start(*as_composed(fresh, "web-1", secrets)) as web:
            web.wait_for("is ready at https://auth.example.org")
            check = services()["web-1"]["healthcheck"]["test"]
            assert run_health_check(fresh, *check) == 0
            with fresh.start(*as_composed(fresh, "worker", secrets)) as worker:
                worker.wait_for("Running tasks")
                assert worker.stop() == 0
            assert web.stop() == 0
        assert run_health_check(fresh, *check) == 1


def run_health_check(fresh: Installation, kind: str, *command: str) -> int:
    assert (kind, command[0]) == ("CMD", "python")
    asked = run_program(sys.executable, *command[1:], cwd=ROOT, **fresh.environment)
    return asked.returncode


def test_proxy_is_configured_well(tmp_path: Path) -> None:
    try:
        caddy = find_program("caddy", debian="caddy")
    except MissingServerError as error:
        missing(str(error))
    validated = run_program(
        caddy, "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile",
        HOST="auth.example.org", XDG_DATA_HOME=str(tmp_path), XDG_CONFIG_HOME=str(tmp_path),
    )  # fmt: skip
    assert validated.returncode == 0, validated.stderr
    assert "Valid configuration" in validated.stdout + validated.stderr
