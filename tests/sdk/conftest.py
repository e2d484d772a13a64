"""A real server for the clients to talk to, and a client of each kind."""

from collections.abc import AsyncIterator, Iterator

import pytest
from coderauth_sdk import AsyncClient, Client

from tests.people import PASSWORD
from tests.processes import Installation, installation
from tests.sdk.clients import KINDS, Service, make_member, opened, unique

OWNER = "owner@example.test"


@pytest.fixture(scope="session")
def service(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("sdk")
    with installation(folder, template) as made, made.start("serve") as server:
        server.wait_for("is ready at")
        url = f"http://127.0.0.1:{made.port}"
        with Client(url, "") as client:
            client.users.create_first(email=OWNER, username="owner", password=PASSWORD)
            token = client.sign_in(OWNER, PASSWORD).token
        yield Service(url, token, made.folder / "data" / "mail")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def client(service: Service, kind: str) -> AsyncIterator[AsyncClient]:
    """The owner's client."""
    async with opened(kind, service.url, service.owner_token) as made:
        yield made


@pytest.fixture
async def member(client: AsyncClient) -> AsyncClient:
    """A client of somebody without any role."""
    return await make_member(client, unique("alice"))
