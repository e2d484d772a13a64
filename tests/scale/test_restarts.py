"""A rolling restart under load drops no request."""

import httpx2
import pytest

from tests.scale.load import load
from tests.scale.replicas import Replicas

pytestmark = [pytest.mark.postgres, pytest.mark.long]
CHECK = {"checks": {"it": {"object": {"resource_type": "user"}, "action": "read"}}}


def test_a_rolling_restart_under_load_drops_no_request(replicas: Replicas) -> None:
    api, headers = f"{replicas.url}/api/v2", {"Coder-Session-Token": replicas.token}

    def read(client: httpx2.Client) -> httpx2.Response:
        return client.get(f"{api}/users/me", headers=headers)

    def read_by_django(client: httpx2.Client) -> httpx2.Response:
        return client.get(f"{api}/users?limit=1", headers=headers)

    def page(client: httpx2.Client) -> httpx2.Response:
        return client.get(f"{replicas.url}/login")

    with load(read, read, read_by_django, read_by_django, page) as under_way:
        under_way.wait_for(200)
        for number in (0, 1, 0, 1):
            replicas.restart(number)
            under_way.wait_for(200)
    assert set(under_way.told) == {200}, under_way.odd
    assert "Traceback" not in replicas.output


# A proxy does not send these twice, so they must not be cut off either.
def test_a_rolling_restart_drops_no_request_that_may_not_be_sent_twice(
    replicas: Replicas,
) -> None:
    api, headers = f"{replicas.url}/api/v2", {"Coder-Session-Token": replicas.token}

    def check(client: httpx2.Client) -> httpx2.Response:
        return client.post(f"{api}/authcheck", json=CHECK, headers=headers)

    def make(client: httpx2.Client) -> httpx2.Response:
        return client.post(f"{api}/users/me/keys", headers=headers)

    with load(check, check, make, make) as under_way:
        under_way.wait_for(200)
        for number in (0, 1, 0, 1):
            replicas.restart(number)
            under_way.wait_for(200)
    assert set(under_way.told) == {200, 201}, under_way.odd
