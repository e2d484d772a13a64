"""The express lane and Django give equal answers, byte for byte, and count the same."""

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network
from random import Random
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from coderauth.front import hot_routes
from coderauth.front.answering import Answer
from coderauth.front.heads import Head
from coderauth.front.hot_routes import MAX_BODY
from coderauth.front.lane import Lane
from coderauth.front.threads import Request
from coderauth.http import ratelimit
from scopes.engine.policy import RESOURCES
from scopes.forward_auth.rules import read_rules
from scopes.models import Key
from tests.coderauth.front.comparing import Here, comparing
from tests.people import make_key, make_user
from tests.replay import head, seed

NOW = datetime(2026, 5, 1, 12, 0, 30, tzinfo=UTC)
ME, CHECK = "/api/v2/users/me", "/api/v2/authcheck"
HOUR = timedelta(hours=1)
USED = NOW - timedelta(minutes=5)


@pytest.fixture
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def old_secret(until: datetime) -> Mapping[str, Any]:
    """Return what a row has of a secret `x…x` that works until then."""
    digest = sha256(b"x" * 22).digest()
    return {"old_hashed_secret": digest, "old_valid_until": until, "old_last_used_at": USED}


def keys() -> Mapping[str, str]:
    """Store keys in all the states there are; return their tokens by state."""
    alice, bob = make_user("alice", name="Ada"), make_user("bob", roles=["auditor"])
    owner = make_user("owner", roles=["owner"], avatar_url="https://a.test/ü.png")
    gone = make_user("gone")
    good: dict[str, Any] = {"last_used_at": USED, "expires_at": NOW + 23.5 * HOUR}
    deleted = make_key(gone, **good)
    User.objects.filter(pk=gone.pk).update(is_deleted=True)
    return {
        "good": make_key(alice, **good),
        "auditor": make_key(bob, **good),
        "owner": make_key(owner, **good),
        "never used": make_key(alice, last_used_at=None),
        "used long ago": make_key(alice, last_used_at=NOW - 2 * HOUR),
        "sliding": make_key(alice, **{**good, "expires_at": NOW + 2 * HOUR}),
        "at its limit": make_key(
            alice, **{**good, "expires_at": NOW + HOUR, "not_after": NOW + HOUR}
        ),
        "expired": make_key(alice, **{**good, "expires_at": NOW - HOUR}),
        "expires now": make_key(alice, **{**good, "expires_at": NOW}),
        "reads users": make_key(alice, **good, scopes=["user:read"]),
        "reads nothing": make_key(alice, **good, scopes=["workspace:read"]),
        "without scopes": make_key(alice, **good, scopes=[]),
        "with a list": make_key(alice, **good, allow_list=[f"user:{bob.pk}"]),
        "token": make_key(alice, **good, login_type="token", name="ci"),
        "token never used": make_key(alice, login_type="token", name="new", last_used_at=None),
        "provider": make_key(alice, **good, login_type="oidc"),
        "paused": make_key(alice, **good, paused_at=USED),
        "rotated": make_key(alice, **good, rotated_at=USED, **old_secret(NOW + HOUR)),
        "rotated long ago": make_key(alice, **good, rotated_at=USED, **old_secret(NOW - HOUR)),
        "suspended": make_key(make_user("sue", status="suspended"), **good),
        "dormant": make_key(make_user("dora", status="dormant"), **good),
        "deleted": deleted,
        "alone": make_key(make_user("ann", joins=False), **good),
    }


# States of keys that the lane answers, if the rest is plain.
TAKEN = (
    "rotated",
    "rotated long ago",
    "good",
    "auditor",
    "owner",
    "reads users",
    "at its limit",
    "token",
    "alone",
)


WORDS = ["read", "workspace", "user", "", "me", "create", "*", "organization", "x\0", "ü"]
VALUES: list[Any] = [*WORDS, True, False, None, 7, ["read"], {}]
PAIRS = [(kind, action) for kind, actions in RESOURCES.items() for action in actions]
UUIDS = ["", "9f3c8a0e-0000-4000-8000-000000000001", "9f3c8a0e-0000-4000-8000-000000000002"]
BODIES = [b"", b"{}", b"null", b"[]", b'{"checks": null}', b'{"checks": {}} more', b"\xff", b"{"]
PLAIN_FIELDS = ["User-Agent", "Accept", "X-Forwarded-For", "Traceparent", "X-Request-Id", "Via"]
PLAIN_VALUES = ["", "a", "*/*", "7.7.7.7, 8.8.8.8", "Zürich"]
ODD_FIELDS = [
    "Cookie", "Origin", "Sec-Fetch-Site", "X-Coder-Bypass-Ratelimit", "X-CSRF-Token", "Range",
    "If-None-Match", "X-Odd", "Accept-Charset",
]  # fmt: skip
ODD_VALUES = ["", "a=b", "true", "https://evil.test", "cross-site", "csrf_token=x"]
BEARERS = ["Bearer ", "bearer ", "Bearer  ", "Basic "]


class Asking:
    """Makes requests by chance: most are plain, some are odd in one way or several."""

    def __init__(self, chance: Random, by_state: Mapping[str, str]) -> None:
        self.chance = chance
        self.by_state = by_state

    def is_odd(self, one_in: int) -> bool:
        return self.chance.randrange(one_in) == 0

    def token(self) -> str:
        good = self.by_state["good"]
        odd = [good[:-1], good[:-1] + "!", good + "x", "-", "a-b-c", "", f"{good} ", good.lower()]
        if self.is_odd(10):
            return self.chance.choice(odd)
        if self.is_odd(8):
            rotated = self.by_state[self.chance.choice(["rotated", "rotated long ago", "good"])]
            return f"{rotated[:11]}{'x' * 22}"
        states = [*self.by_state] if self.is_odd(3) else TAKEN
        return self.by_state[self.chance.choice(states)]

    def fields(self, names: list[str], values: list[str], *, most: int) -> dict[str, str]:
        chosen = self.chance.sample(names, self.chance.randrange(most + 1))
        return {name: self.chance.choice(values) for name in chosen}

    def check(self) -> Any:
        choice = self.chance.choice
        if self.is_odd(12):
            return choice(VALUES)
        kind, action = choice(PAIRS)
        about: dict[str, Any] = {"resource_type": kind}
        for name, values in (
            ("owner_id", ["me", *UUIDS]),
            ("organization_id", UUIDS),
            ("any_org", [True, False]),
            ("resource_id", [""]),
        ):
            if self.is_odd(2):
                about[name] = choice(values)
        if self.is_odd(12):
            about[choice([*about, "x", "Owner_ID", "resource_id"])] = choice(VALUES)
        check = {"object": about, "action": action}
        if self.is_odd(12):
            check[choice(["action", "object", "Action", "x"])] = choice(VALUES)
        return check

    def body(self) -> bytes:
        if self.is_odd(8):
            return self.chance.choice(BODIES)
        checks = {f"{number}ü": self.check() for number in range(self.chance.randrange(5))}
        if self.is_odd(15):
            return json.dumps({"Checks": checks, "x": 1}).encode()
        return json.dumps({"checks": checks}, ensure_ascii=self.is_odd(2)).encode()

    def send(self, client: Client) -> None:
        sent = self.fields(PLAIN_FIELDS, PLAIN_VALUES, most=3)
        if self.is_odd(6):
            sent |= self.fields(ODD_FIELDS, ODD_VALUES, most=2)
        query, token = "", self.token()
        for _ in range(2 if self.is_odd(6) else 1):
            match self.chance.randrange(20):
                case 0:
                    sent["Cookie"] = f"a=b; coder_session_token={token}"
                case 1:
                    query += f"coder_session_token={token}&"
                case 2:
                    query += f"access_token={token}&"
                case number if number % 2:
                    sent["Authorization"] = self.chance.choice(BEARERS) + token
                case _:
                    sent["Coder-Session-Token"] = token
        method, path = self.chance.choice([("GET", ME), ("POST", CHECK)])
        if self.is_odd(12):
            method = self.chance.choice(["GET", "POST", "PUT", "HEAD", "OPTIONS"])
            query += self.chance.choice(["", "x=y", "explain=true"])
        body = self.body() if method != "GET" or self.is_odd(6) else b""
        client.generic(method, path, body, QUERY_STRING=query, headers=sent)


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
@pytest.mark.usefixtures("frozen", "db")
def test_whatever_is_asked_both_ways_give_one_answer(settings: Settings, part: int) -> None:
    settings.RATE_LIMITS_ENABLED = True
    by_state = keys()
    stored = [*Key.objects.all()]
    client = Client(enforce_csrf_checks=True)

    # A seed is all that is drawn: to draw each part costs ten times what the answers do.
    @examples(max_examples=10, database=None)
    @given(st.integers(0, 2**32))
    def ask(seed: int) -> None:
        asking = Asking(Random(seed), by_state)
        for _ in range(50):
            client.cookies.clear()
            before = len(both.taken)
            asking.send(client)
            if len(both.taken) == before:
                # Django may have noted that a key was used; the next request finds it as it was.
                Key.objects.bulk_update(stored, ["last_used_at", "expires_at", "ip_address"])
                User.objects.filter(username="dora").update(status="dormant")

    with comparing() as both:
        ask()
    assert len(both.taken) > 60, "the lane took next to nothing"
    assert {request.head.method for request in both.taken} == {"GET", "POST"}


FORWARD = "/api/v2/auth/forward"
RULES = """
[[rules]]
name = "teams"
hosts = ["app.test"]
paths = ["/teams/*"]
methods = ["GET", "POST"]
needs = "user:read"
owner_id = "me"

[[rules]]
name = "one"
paths = ["/one"]
needs = "workspace:read"
resource_id = "9f3c8a0e-0000-4000-8000-000000000001"

[[rules]]
name = "scoped"
paths = ["/scoped"]
scope = "user:read"

[[rules]]
name = "open"
paths = ["/open/*", "/"]
"""
BELOW = [
    "", "/", "/open/a", "/teams/x", "/one", "/scoped", "/nowhere", "/open/../teams/x", "//open/a",
    "/open/%2e%2e", "/open/ü", "x",
]  # fmt: skip
FORWARD_QUERIES = [
    "", "resource_type=user&action=read&owner_id=me", "resource_type=workspace&action=read",
    "resource_type=user&action=fly", "rule=teams", "rule=scoped", "rule=one", "rule=x",
    "resource_type=workspace&action=read&resource_id=9f3c8a0e-0000-4000-8000-000000000001", "a=%FF",
    "resource_type=user&action=read&resource_type=template", "redirect=login",
    f"rule=open&{'x' * 600}",
]  # fmt: skip
TOLD = {
    "X-Forwarded-Method": ["GET", "POST", "DELETE", ""],
    "X-Original-Method": ["GET", "get"],
    "X-Forwarded-Uri": ["/open/a?b=c", "/teams/x", "/one", "/scoped", "", "/open//x", "/%74eams/x"],
    "X-Original-URI": ["/open/a"],
    "X-Forwarded-Host": ["app.test", "app.test:8443", "APP.test"],
    "Cookie": ["a=b", "csrf_token=x", "coder_session_token=TOKEN", "coder_session_token="],
    "Origin": ["https://evil.test"],
    "Sec-Fetch-Site": ["cross-site"],
    "Accept": ["text/html"],
    "X-Odd": ["1"],
}


def ask_as_a_proxy(asking: Asking, client: Client) -> None:
    """Ask what a proxy would, mostly plainly."""
    choice, token = asking.chance.choice, asking.token()
    sent = {name: choice(values) for name, values in TOLD.items() if asking.is_odd(2)}
    sent = {name: value.replace("TOKEN", asking.token()) for name, value in sent.items()}
    if not asking.is_odd(4):
        sent[choice(["Authorization", "Coder-Session-Token"])] = token
        if "Authorization" in sent:
            sent["Authorization"] = choice(BEARERS) + token
    client.generic(
        choice(["GET", "GET", "HEAD", "POST", "OPTIONS", "PATCH"]),
        FORWARD + (choice(BELOW) if asking.is_odd(2) else ""),
        b"a body" if asking.is_odd(3) else b"",
        QUERY_STRING=choice(FORWARD_QUERIES if asking.is_odd(2) else FORWARD_QUERIES[:2]),
        headers=sent,
        REMOTE_ADDR=choice(["127.0.0.1", "192.0.2.7"]),
    )


@pytest.mark.long
@pytest.mark.parametrize("rules", ["", RULES], ids=["without rules", "with rules"])
@pytest.mark.usefixtures("frozen", "db")
def test_whatever_a_proxy_asks_both_ways_give_one_answer(settings: Settings, rules: str) -> None:
    settings.FORWARD_AUTH_RULES = read_rules(rules) if rules else []
    settings.PROXY_TRUSTED_ORIGINS = [ip_network("127.0.0.0/8")]
    asking, client = Asking(Random(7), keys()), Client(enforce_csrf_checks=True)
    stored = [*Key.objects.all()]
    with comparing() as both:
        for _ in range(600):
            client.cookies.clear()
            before = len(both.taken)
            ask_as_a_proxy(asking, client)
            if len(both.taken) == before:
                Key.objects.bulk_update(stored, ["last_used_at", "expires_at", "ip_address"])
                User.objects.filter(username="dora").update(status="dormant")
    taken = {(one.head.method, one.head.path[len(FORWARD) :]) for one in both.taken}
    assert len(both.taken) > 40, "the lane took next to nothing"
    assert {method for method, _ in taken} == {"GET", "HEAD", "POST", "OPTIONS", "PATCH"}
    assert any(path == "/open/a" for _, path in taken) is bool(rules)


@pytest.mark.django_db
@pytest.mark.parametrize("recording", [seed, head])
def test_the_recorded_requests_are_answered_alike(recording: Any, settings: Settings) -> None:
    settings.RATE_LIMITS_ENABLED = True  # As the recording has it, before the lane is made.
    with comparing() as both:
        recording.play(settings)
    assert both.taken


def request_with(
    token: str, *, method: str = "GET", target: str = ME, body: bytes = b""
) -> Request:
    head = Head(method, target, "HTTP/1.1", {"HTTP_CODER_SESSION_TOKEN": token}, len(body), True)
    return Request(head, body, "127.0.0.1", lambda _: None)


def good_token() -> str:
    return make_key(make_user("alice"), last_used_at=NOW, expires_at=NOW + 24 * HOUR)


@pytest.mark.usefixtures("frozen", "db")
def test_a_broken_lane_passes_on_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = good_token()
    passed_on: list[Request] = []
    lane = Lane(Here(), passed_on.append)
    answers: list[Answer] = []
    requests = [request_with(token) for _ in range(3)]
    for request in requests:
        request.deliver = answers.append
    lane.take(requests[0])
    assert (len(answers), len(passed_on)) == (1, 0)

    monkeypatch.setattr(hot_routes, "own_document", lambda _: 1 / 0)
    with caplog.at_level(logging.ERROR):
        for request in requests[1:]:
            assert lane.take(request)
    assert passed_on == requests[1:]
    assert [record.message for record in caplog.records] == [
        "The express lane is broken; Django answers"
    ]


@pytest.mark.usefixtures("frozen", "db")
def test_a_large_body_is_left_to_django() -> None:
    token = good_token()
    passed_on: list[Request] = []
    answers: list[Answer] = []
    lane = Lane(Here(), passed_on.append)
    for size, taken in ((MAX_BODY, 1), (MAX_BODY + 1, 0)):
        body = b'{"checks": {}}'.ljust(size)
        request = request_with(token, method="POST", target=CHECK, body=body)
        request.deliver = answers.append
        lane.take(request)
        assert len(answers) == taken
        answers.clear()
    assert len(passed_on) == 1


@pytest.mark.usefixtures("frozen", "db")
def test_both_ways_share_one_limit(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_RATE_LIMIT = 4
    settings.RATE_LIMITS_ENABLED = True
    monkeypatch.setattr(ratelimit, "courtesy", ratelimit.MemoryLimit())
    token = good_token()
    lane = Lane(Here(), lambda _: None)

    def by_lane() -> int:
        answers: list[Answer] = []
        request = request_with(token)
        request.deliver = answers.append
        lane.take(request)
        return answers[0].status if answers else 0

    def by_django() -> int:
        return Client().get(ME, headers={"Coder-Session-Token": token}).status_code

    assert [by_lane(), by_django(), by_lane(), by_django()] == [200] * 4
    assert [by_lane(), by_django(), by_lane()] == [0, 429, 0]
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        assert [by_django(), by_lane()] == [200, 200]
