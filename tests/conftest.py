"""Fixtures for every test: owner, alice (a member), mallory (a member who wants more)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from accounts.models import User
from coderauth.http import ratelimit
from tests.asking import hold_calls_to_their_declarations
from tests.github_server import GithubServer, configured, github_server
from tests.old_states import GetModel, let_tests_truncate, tables_of
from tests.people import Api, make_user, signed_in
from tests.processes import Installation, installation

# Seconds, for tests that wait for processes of their own, and for those that take minutes.
LONGER = 400
LONGEST = 900

# How long one example takes says how busy the machine is, not whether the code is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        let_tests_truncate()


@pytest.fixture(autouse=True)
def _courtesy_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count each test's requests from nothing; a process has one counter for all."""
    monkeypatch.setattr(ratelimit, "courtesy", ratelimit.MemoryLimit())


@pytest.fixture
def owner(db: None) -> User:
    return make_user("owner", roles=["owner"], name="The Owner")


@pytest.fixture
def alice(db: None) -> User:
    return make_user("alice")


@pytest.fixture
def mallory(db: None) -> User:
    return make_user("mallory")


@pytest.fixture
def as_owner(owner: User) -> Api:
    return signed_in(owner)


@pytest.fixture
def as_alice(alice: User) -> Api:
    return signed_in(alice)


@pytest.fixture
def as_mallory(mallory: User) -> Api:
    return signed_in(mallory)


@pytest.fixture
def anonymous(db: None) -> Api:
    return Api()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Provide what installations with tables are copied from."""
    with installation(tmp_path_factory.mktemp("template")) as made:
        done = made.run("migrate", "-v0")
        assert done.returncode == 0, done.stderr
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Installation]:
    """Provide an installation whose database is empty."""
    with installation(tmp_path) as made:
        yield made


@pytest.fixture
def migrated(template: Installation, tmp_path: Path) -> Iterator[Installation]:
    """Provide an installation with tables, and nobody in them."""
    with installation(tmp_path, template) as made:
        yield made


@pytest.fixture
def github(settings: Any) -> Iterator[GithubServer]:
    """Let everybody sign in, and up, with a GitHub Enterprise server of their own."""
    with github_server() as server:
        settings.GITHUB_PROVIDER = configured(server, allow_everyone="true", allow_signups="true")
        yield server


@pytest.fixture
def device(github: GithubServer, settings: Any) -> GithubServer:
    """Let everybody in by device, without a client secret, as fast as they poll."""
    settings.GITHUB_PROVIDER = configured(
        github, allow_everyone="true", allow_signups="true", device_flow="true", client_secret=""
    )
    github.interval = 0
    return github


@pytest.fixture
def old(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[GetModel]:
    """Provide the tables of the state that the module calls BEFORE."""
    with tables_of(request.module.BEFORE) as get:
        yield get


@pytest.fixture
def mail_folder(tmp_path: Path, settings: Any) -> Path:
    """Have mail written to files; return the folder they will be in."""
    settings.EMAIL_BACKEND = "coderauth.mail.EmlFileBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return tmp_path / "mail"


def pytest_configure() -> None:
    """Prepare what all tests share."""
    # Each client of a test would otherwise list all static files.
    django_settings.WHITENOISE_AUTOREFRESH = True
    # The server of browser tests would serve static files itself, and knows no hashed names.
    setattr(StaticFilesHandler, "_should_handle", lambda *_: False)  # noqa: B010 (mypy)
    hold_calls_to_their_declarations()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs real concurrency where the database has one writer."""
    for item in items:
        if no_database_has_a_part_in(item):
            item.add_marker("no_database")
        if item.get_closest_marker("timeout") is None:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.timeout(LONGEST))
            elif starts_something(item):
                item.add_marker(pytest.mark.timeout(LONGER))
    if connection.vendor == "postgresql":
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def starts_something(item: pytest.Item) -> bool:
    """Say whether a test starts servers or browsers, or is the first to install a program."""
    asks_for = {*getattr(item, "fixturenames", ())}
    starters = {"template", "fresh", "chromium", "certified", "issuer", "typescript"}
    return bool(asks_for & starters)


def no_database_has_a_part_in(item: pytest.Item) -> bool:
    """Say whether a test asks for no database, nor for an installation, which has its own.

    The Python client is such a test, too, and so is the look of a page in a browser: what is behind
    them both has tests of its own.
    """
    if item.nodeid.startswith(("tests/sdk/", "tests/browser/")):
        return True
    asks_for = {*getattr(item, "fixturenames", ())}
    if asks_for & {"db", "transactional_db", "template", "fresh"}:
        return False
    return not any(item.iter_markers("django_db")) and not any(item.iter_markers("postgres"))
