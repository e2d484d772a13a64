"""A running server for the command line, and people who use it."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.cli.client import Cli
from tests.people import PASSWORD
from tests.processes import Installation, installation

Someone = Callable[..., Cli]

OWNER = {"email": "owner@example.test", "username": "owner", "password": PASSWORD}
_numbers = count(1)


@pytest.fixture
def empty(migrated: Installation) -> Iterator[Installation]:
    """Provide a server that nobody has set up."""
    with migrated.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        yield migrated


@pytest.fixture(scope="session")
def first_owner(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """Provide a server shared by all tests of this folder, and its first owner, signed in."""
    folder = tmp_path_factory.mktemp("server")
    with installation(folder, template) as made, made.start("serve", "--no-worker") as server:
        server.wait_for("is ready at")
        cli = Cli(made.port)
        cli.login_first_user(**OWNER, name="The Owner")
        yield cli


@pytest.fixture
def owner(first_owner: Cli) -> Cli:
    """Provide the owner as in a new invocation: nothing sent yet."""
    return Cli(first_owner.port, first_owner.session)


@pytest.fixture
def someone(owner: Cli) -> Someone:
    """Make somebody new and sign them in: `someone("auditor")` with site roles."""

    def make(*roles: str) -> Cli:
        username = f"user{next(_numbers)}"
        email = f"{username}@example.test"
        owner.users_create(username=username, email=email, password=PASSWORD)
        if roles:
            owner.users_edit_roles(username, *roles)
        owner.sent.clear()
        cli = Cli(owner.port)
        credentials = {"email": email, "password": PASSWORD}
        cli.session = cli.result("POST", "/users/login", 201, body=credentials)["session_token"]
        cli.sent.clear()
        return cli

    return make
