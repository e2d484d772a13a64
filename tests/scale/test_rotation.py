"""A key that is rotated while it is used, at two servers."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from tests.scale.load import Act, load
from tests.scale.replicas import Replicas
from tests.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.long]
# The first goes by the express lane, the second by Django.
BOTH_WAYS = ("/users/me", "/users/me?by=django")


def grace(seconds: int) -> dict[str, int]:
    return {"grace": seconds * 1_000_000_000}


def reading(replicas: Replicas, secret: str, number: int) -> Act:
    """Read oneself with this secret at one of the servers, by the lane and by Django in turn."""
    ways = [f"http://127.0.0.1:{replicas.installations[number].port}/api/v2{x}" for x in BOTH_WAYS]

    def read(client: httpx2.Client) -> httpx2.Response:
        ways.reverse()
        return client.get(ways[0], headers={"Coder-Session-Token": secret})

    return read


def rotate(replicas: Replicas, secret: str, seconds: int) -> tuple[str, datetime]:
    """Return the new secret, and until when the old one works."""
    path = f"/users/me/keys/{secret[:10]}/rotate"
    answer = replicas.ask(0, "POST", path, grace(seconds))
    assert answer.status_code == 201, answer.text
    return answer.json()["key"], datetime.fromisoformat(answer.json()["old_valid_until"])


def told_everywhere(replicas: Replicas, secret: str) -> list[int]:
    return [
        replicas.ask(number, "GET", way, token=secret).status_code
        for number in (0, 1)
        for way in BOTH_WAYS
    ]


def test_a_rotation_with_grace_loses_no_request(replicas: Replicas) -> None:
    _, old = replicas.made(0, token_name="rotated")
    with load(*[reading(replicas, old, number) for number in (0, 1)]) as with_old:
        with_old.wait_for(100)
        new, _ = rotate(replicas, old, 3600)
        with load(*[reading(replicas, new, number) for number in (0, 1)]) as with_new:
            with_old.wait_for(500)
            with_new.wait_for(500)
    assert set(with_old.told) == {200}, with_old.odd
    assert set(with_new.told) == {200}, with_new.odd


def test_an_old_secret_is_refused_everywhere_when_its_grace_is_over(replicas: Replicas) -> None:
    _, old = replicas.made(0, token_name="rotated")
    assert told_everywhere(replicas, old) == [200] * 4
    new, ends_at = rotate(replicas, old, 2)
    with load(*[reading(replicas, new, number) for number in (0, 1)]) as with_new:
        until(lambda: datetime.now(UTC) > ends_at + timedelta(milliseconds=1))
        assert told_everywhere(replicas, old) == [401] * 4
        with_new.wait_for(100)
    assert set(with_new.told) == {200}, with_new.odd


def test_a_second_rotation_ends_the_oldest_secret_at_once(replicas: Replicas) -> None:
    _, oldest = replicas.made(0, token_name="rotated")
    old, _ = rotate(replicas, oldest, 3600)
    assert told_everywhere(replicas, oldest) == [200] * 4
    new, _ = rotate(replicas, old, 3600)
    assert told_everywhere(replicas, oldest) == [401] * 4
    assert told_everywhere(replicas, old) == told_everywhere(replicas, new) == [200] * 4
