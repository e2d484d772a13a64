"""The small service as a process, before a real coderauth."""

from collections.abc import Callable, Iterator

import pytest
from coderauth_sdk import Client, NewKey, Scope

from tests.people import PASSWORD
from tests.sdk.clients import Service, unique
from tests.sdk.django.running import Small, small_service

Narrowed = Callable[..., NewKey]


@pytest.fixture(scope="session")
def owner(service: Service) -> Iterator[Client]:
    with Client(service.url, service.owner_token) as client:
        yield client


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_service(tmp_path_factory.mktemp("small"), "tests.sdk.django.project") as small:
        yield small


@pytest.fixture(scope="session")
def own_key(owner: Client) -> str:
    return owner.tokens.create(scopes=[Scope.API_KEY_READ]).secret


@pytest.fixture
def small(running: Small, service: Service, own_key: str) -> Small:
    """The small service, which asks anew at each request."""
    running.configure(URL=service.url, TOKEN=own_key, CACHE_SECONDS=0, TIMEOUT=30)
    return running


@pytest.fixture
def alice(owner: Client) -> Client:
    """Somebody without any role, signed in."""
    email = f"{unique('alice')}@example.test"
    owner.users.create(email=email, username=email.partition("@")[0], password=PASSWORD)
    return owner.sign_in(email, PASSWORD)
