"""What one replica knows, the others know at the next request."""

from pathlib import Path

import pytest

from tests.people import PASSWORD
from tests.processes import Installation
from tests.scale.replicas import OWNER, Replicas, replicas_of

pytestmark = [pytest.mark.postgres, pytest.mark.long]
# The first goes by the express lane, the second by Django.
BOTH_WAYS = ("/users/me", "/users/me?by=django")
LIMIT = 60


def test_what_is_done_to_a_key_at_one_is_known_at_the_other(replicas: Replicas) -> None:
    key, secret = replicas.made(0)

    def statuses() -> set[int]:
        return {replicas.ask(1, "GET", path, token=secret).status_code for path in BOTH_WAYS}

    assert statuses() == {200}
    assert replicas.ask(0, "PUT", f"/users/me/keys/{key}/pause").status_code == 204
    assert statuses() == {401}
    assert replicas.ask(0, "PUT", f"/users/me/keys/{key}/resume").status_code == 204
    assert statuses() == {200}
    assert replicas.ask(0, "DELETE", f"/users/me/keys/{key}").status_code == 204
    assert statuses() == {401}


def test_roles_and_suspension_are_known_at_the_other(replicas: Replicas) -> None:
    replicas.join("ann")
    login = {"email": "ann@example.test", "password": PASSWORD}
    ann = replicas.ask(1, "POST", "/users/login", login).json()["session_token"]
    check = {"checks": {"it": {"object": {"resource_type": "user"}, "action": "create"}}}

    def may() -> bool:
        allowed: bool = replicas.ask(1, "POST", "/authcheck", check, token=ann).json()["it"]
        return allowed

    assert may() is False
    assert replicas.ask(0, "PUT", "/users/ann/roles", {"roles": ["user-admin"]}).status_code == 200
    assert may() is True
    assert replicas.ask(0, "PUT", "/users/ann/roles", {"roles": []}).status_code == 200
    assert may() is False
    assert replicas.ask(0, "PUT", "/users/ann/status/suspend").status_code == 200
    assert replicas.ask(1, "GET", "/users/me", token=ann).status_code == 401


def test_limits_are_shared(counting: Installation, tmp_path: Path) -> None:
    with replicas_of(counting, tmp_path) as replicas:
        wrong = {"email": OWNER["email"], "password": "wrong"}

        def sign_in(number: int) -> int:
            status: int = replicas.ask(number, "POST", "/users/login", wrong).status_code
            return status

        told = [sign_in(attempt % 2) for attempt in range(LIMIT + 4)]

        # A minute that ends meanwhile lets one or two more in.
        assert LIMIT - 2 <= told.count(401) <= LIMIT + 2
        assert sign_in(0) == sign_in(1) == 429
