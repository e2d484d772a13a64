"""What a key was used for (docs/keys.md)."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone

from accounts.models import User
from coderauth.front.heads import Head
from coderauth.front.hot_routes import hot_routes
from coderauth.front.threads import Request
from scopes.callers import Caller, find_caller
from scopes.keys.usage import uses_flush
from scopes.models import Key
from scopes.uses import USES, Uses
from tests.people import Api, make_key, signed_in
from tests.scopes.keyring import token
from tests.threads import at_once


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what other tests' keys did."""
    USES.take()
    USES._noted.clear()
    yield
    USES.take()


def used(api: Api, secret: str) -> dict[str, Any]:
    answer = api.get(f"/users/me/keys/{secret[:10]}/usage")
    assert answer.status_code == 200, answer.content
    document: dict[str, Any] = answer.json()
    return document


def ask(secret: str, *checks: str) -> dict[str, bool]:
    questions = {}
    for check in checks:
        kind, _, action = check.partition(":")
        questions[check] = {"object": {"resource_type": kind, "owner_id": "me"}, "action": action}
    answers: dict[str, bool] = Api(secret).post("/authcheck", {"checks": questions}).json()
    return answers


def test_what_was_used_is_told_with_its_hour(as_alice: Api) -> None:
    secret = token(as_alice, scopes=["user:read", "workspace:*", "task:read"])
    Api(secret).get("/users/me")
    ask(secret, "workspace:ssh")

    found = used(as_alice, secret)

    assert found["held"] == ["user:read", "workspace:*", "task:read"]
    assert [one["scope"] for one in found["used"]] == ["user:read", "workspace:*"]
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    assert found["used"][0]["last_used"] == hour.strftime("%Y-%m-%dT%H:00:00Z")
    assert found["unused"] == ["task:read"]
    assert found["trim"] == ["user:read", "workspace:ssh"]


def test_a_key_for_everything_lists_what_it_did(as_alice: Api) -> None:
    secret = token(as_alice)
    ask(secret, "workspace:stop")

    found = used(as_alice, secret)

    assert [one["scope"] for one in found["used"]] == ["workspace:stop"]
    assert (found["unused"], found["trim"]) == ([], ["workspace:stop"])


def test_refusals_are_no_use(as_alice: Api) -> None:
    secret = token(as_alice, scopes=["user:read", "workspace:read"])
    assert ask(secret, "workspace:read", "workspace:stop", "organization:delete") == {
        "workspace:read": True, "workspace:stop": False, "organization:delete": False,
    }  # fmt: skip
    assert Api(secret).delete("/users/me").status_code >= 400

    assert [one["scope"] for one in used(as_alice, secret)["used"]] == ["workspace:read"]


def test_nothing_is_noted_of_sessions(alice: User) -> None:
    session = make_key(alice)
    Api(session).get("/users/me")
    uses_flush()

    assert Key.objects.get(pk=session[:10]).uses == {}


def holder_of(secret: str) -> Caller:
    caller = find_caller(secret[:10])
    assert caller is not None
    return caller


def by_lane(secret: str, method: str, path: str, body: bytes = b"") -> None:
    head = Head(method, f"/api/v2{path}", "HTTP/1.1", {}, len(body), True)
    route = hot_routes()(head)
    assert route is not None
    route.answer(holder_of(secret), Request(head, body, "127.0.0.1", lambda _: None))


def test_the_express_lane_notes_the_same(as_alice: Api) -> None:
    secret = token(as_alice)
    by_lane(secret, "GET", "/users/me")
    checks = {"x": {"object": {"resource_type": "task"}, "action": "read"}}
    asked = {"y": {"object": {"resource_type": "task", "owner_id": "me"}, "action": "read"}}
    by_lane(secret, "POST", "/authcheck", json.dumps({"checks": checks}).encode())
    assert [one["scope"] for one in used(as_alice, secret)["used"]] == ["user:read"]

    by_lane(secret, "POST", "/authcheck", json.dumps({"checks": asked}).encode())
    assert [one["scope"] for one in used(as_alice, secret)["used"]] == ["task:read", "user:read"]
    by_lane(secret, "GET", "/auth/forward?resource_type=api_key&action=read&owner_id=me")
    assert [one["scope"] for one in used(as_alice, secret)["used"]] == [
        "api_key:read",
        "task:read",
        "user:read",
    ]


def test_usage_is_for_those_who_may_read_the_key(as_alice: Api, as_mallory: Api) -> None:
    secret = token(as_alice)

    assert as_mallory.get(f"/users/me/keys/{secret[:10]}/usage").status_code == 404
    assert as_alice.get(f"/users/me/keys/{secret[:10]}/usage").status_code == 200


def test_a_key_is_rotated_into_the_narrower_set(as_alice: Api) -> None:
    secret = token(as_alice, scopes=["workspace:*", "user:read"])
    ask(secret, "workspace:read")
    narrow = used(as_alice, secret)["trim"]
    path = f"/users/me/keys/{secret[:10]}/rotate"

    wider = as_alice.post(path, {"scopes": ["task:read"]})
    assert wider.status_code == 400
    assert wider.json()["detail"] == "It does not hold task:read; make another key for more."
    assert as_alice.post(path, {"scopes": ["fly"]}).status_code == 400
    answer = as_alice.post(path, {"scopes": narrow, "grace": 0})

    assert answer.status_code == 201
    assert Key.objects.get(pk=secret[:10]).scopes == ["workspace:read"]
    assert ask(answer.json()["key"], "workspace:stop") == {"workspace:stop": False}


def test_the_command_tells_what_would_do(as_alice: Api) -> None:
    secret = token(as_alice, token_name="ci", scopes=["workspace:*"])
    ask(secret, "workspace:read")
    uses_flush()
    out = StringIO()

    call_command("tokens", "usage", secret[:10], stdout=out)

    assert f"manage.py tokens rotate {secret[:10]} --scope=workspace:read" in out.getvalue()


def test_each_pair_is_noted_once_an_hour_and_memory_is_bounded() -> None:
    uses = Uses(most=3)
    for number in range(5):
        uses.note(f"key{number}", ["a:b"])
    uses.note("key0", ["a:b"])

    assert sorted(uses.take()) == [("key0", "a:b"), ("key1", "a:b"), ("key2", "a:b")]
    uses.note("key0", ["a:b"])
    assert uses.take() == {}


def test_a_broken_database_loses_nothing_and_fails_nobody(
    as_alice: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = token(as_alice)
    ask(secret, "task:read")

    class Broken:
        def filter(self, **_: Any) -> Any:
            raise DatabaseError

    with monkeypatch.context() as patch:
        patch.setattr(Key, "objects", Broken())
        uses_flush()
    assert [one["scope"] for one in used(as_alice, secret)["used"]] == ["task:read"]


def test_uses_go_with_their_key(as_alice: Api) -> None:
    secret = token(as_alice)
    ask(secret, "task:read")
    as_alice.delete(f"/users/me/keys/{secret[:10]}")

    assert uses_flush() == 1, "and a key that is gone hurts nobody"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_processes_write_at_once(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [token(signed_in(alice)) for _ in range(5)]
    logs = [Uses() for _ in range(4)]
    for number, log in enumerate(logs):
        for secret in secrets:
            log.note(secret[:10], [f"workspace:{['read', 'stop', 'start', 'ssh'][number]}"])

    taken = iter([log.take() for log in logs])
    with monkeypatch.context() as patch:
        patch.setattr(USES, "take", lambda: next(taken))
        at_once(*[uses_flush] * 4)

    for secret in secrets:
        assert len(Key.objects.get(pk=secret[:10]).uses) == 4
