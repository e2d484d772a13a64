import json

import pytest

from accounts.models import User
from tests.people import Api
from tests.places import DATA
from tests.scopes.keyring import row_of, token


def recorded_scopes() -> set[str]:
    """Return what the recorded servers of both commits list."""
    names: set[str] = set()
    for name in ("exchanges.txt", "exchanges-head.txt"):
        for line in (DATA / name).read_text().splitlines():
            if line.startswith('{"external":'):
                names.update(json.loads(line)["external"])
    return names


# authorization.md 7.1: needs no key, 200, equals the ordered external list.
def test_catalogue_is_public_ordered_and_complete(anonymous: Api) -> None:
    answer = anonymous.get("/auth/scopes")

    assert answer.status_code == 200
    listed = answer.json()["external"]
    assert listed == sorted({*recorded_scopes(), "user:read", "user:*"}, key=str.encode)
    assert len(listed) == 52


def test_catalogue_is_the_same_with_a_key_and_with_a_broken_one(
    as_alice: Api, anonymous: Api
) -> None:
    everybody = anonymous.get("/auth/scopes").json()

    assert as_alice.get("/auth/scopes").json() == everybody
    assert Api("broken").get("/auth/scopes").json() == everybody


# authorization.md 2.6 (decision D3): Coder answers 500 for some listed scopes; ours never.
def test_every_listed_scope_can_be_stored_and_works(as_alice: Api, anonymous: Api) -> None:
    for number, name in enumerate(anonymous.get("/auth/scopes").json()["external"]):
        field = {"scope": name} if number % 2 else {"scopes": [name]}
        secret = token(as_alice, **field)

        assert row_of(secret).scopes == [
            {"all": "coder:all", "application_connect": "coder:application_connect"}.get(name, name)
        ]
        assert Api(secret).post("/authcheck", {"checks": {}}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_catalogue_is_read_only(anonymous: Api, alice: User, method: str) -> None:
    answer = anonymous(method, "/auth/scopes")

    assert answer.status_code == 405
    assert answer.content == b""
