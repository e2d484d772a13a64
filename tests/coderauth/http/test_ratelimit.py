"""Rate limits (accounts.md 1.13): in memory, in the database, in Redis."""

import os
import time
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from coderauth.errors import RateLimited
from coderauth.http import ratelimit
from coderauth.http.ratelimit import (
    DatabaseLimit,
    MemoryLimit,
    RedisLimit,
    SharedLimit,
    enforce,
    shared_limit,
)
from coderauth.models import RateWindow
from tests.expect import STRONG, document, refused
from tests.people import PASSWORD, Api, login, make_user, signed_in
from tests.threads import at_once

MINUTE = "2026-01-01T00:00:00Z"  # A fixed minute begins here.
START = 1_767_225_600
REDIS = os.environ.get("TEST_REDIS_URL", "")


def text(limit: int) -> str:
    return f"You've been rate limited for sending more than {limit} requests in 1m0s."


@pytest.fixture
def limits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    settings.RATE_LIMITS_ENABLED = True
    settings.REDIS_URL = ""
    # A database's clock cannot be stopped.
    monkeypatch.setattr(ratelimit, "database_time", time.time)
    with time_machine.travel(MINUTE, tick=False):
        yield settings


@pytest.fixture(params=["memory", "database", pytest.param("redis", marks=pytest.mark.postgres)])
def limit(request: pytest.FixtureRequest, db: None) -> Any:
    """Return a counter of each kind as one function of (key, limit)."""
    name = str(uuid4())  # Redis is shared by all tests.
    if request.param == "memory":
        memory = MemoryLimit()
        return lambda key, most: memory.hit(name, key, most, time.time())
    shared: SharedLimit = (
        RedisLimit(REDIS, time.time) if request.param == "redis" else DatabaseLimit(time.time)
    )
    return lambda key, most: shared.hit(f"{name}{key}", most)


# --- counting, the same wherever it is counted ------------------------------------------------


# accounts.md T243
def test_exactly_the_limit_is_let_through(limit: Any) -> None:
    with time_machine.travel(MINUTE, tick=False):
        usages = [limit("a", 3) for _ in range(5)]
    assert [usage.allowed for usage in usages] == [True, True, True, False, False]
    assert [usage.remaining for usage in usages] == [2, 1, 0, 0, 0]
    assert {usage.reset_at for usage in usages} == {START + 60}
    assert {usage.limit for usage in usages} == {3}


def test_each_key_has_a_budget_of_its_own(limit: Any) -> None:
    with time_machine.travel(MINUTE, tick=False):
        assert [limit(key, 1).allowed for key in "abab"] == [True, True, False, False]


# rate = previous * remaining part of this minute + current; refused when rate + 1 > limit
@pytest.mark.parametrize(
    ("seconds", "free"), [(0, 0), (15, 2), (30, 5), (45, 7), (59, 10), (60, 10), (120, 10)]
)
def test_the_minute_slides(limit: Any, seconds: int, free: int) -> None:
    with time_machine.travel(MINUTE, tick=False) as clock:
        clock.shift(30)
        assert all(limit("a", 10).allowed for _ in range(10))
        clock.shift(30 + seconds)
        allowed = [limit("a", 10).allowed for _ in range(12)]
    assert allowed == [True] * free + [False] * (12 - free)


def test_half_a_request_counts_as_one(limit: Any) -> None:
    with time_machine.travel(MINUTE, tick=False) as clock:
        assert limit("a", 1).allowed
        clock.shift(90)
        assert not limit("a", 1).allowed
        clock.shift(1)
        assert limit("a", 1).allowed


def test_what_is_refused_is_not_counted(limit: Any) -> None:
    with time_machine.travel(MINUTE, tick=False) as clock:
        for _ in range(40):
            limit("a", 4)
        clock.shift(60 + 30)
        assert [limit("a", 4).allowed for _ in range(3)] == [True, True, False]


def test_two_quiet_minutes_forget_everything(limit: Any) -> None:
    with time_machine.travel(MINUTE, tick=False) as clock:
        for _ in range(4):
            limit("a", 4)
        clock.shift(120)
        assert [limit("a", 4).remaining for _ in range(4)] == [3, 2, 1, 0]


def test_a_server_whose_clock_is_behind_does_not_start_again(db: None) -> None:
    counter = DatabaseLimit(time.time)
    with time_machine.travel(MINUTE, tick=False) as clock:
        clock.shift(60)
        allowed = []
        for _ in range(6):
            allowed.append(counter.hit("a", 4).allowed)
            clock.shift(-1)
            allowed.append(counter.hit("a", 4).allowed)
            clock.shift(1)
    assert allowed.count(True) == 4
    assert RateWindow.objects.get().window_at == START // 60 + 1


def test_a_clock_that_was_far_ahead_does_not_lock_anybody_out(db: None) -> None:
    counter = DatabaseLimit(time.time)
    with time_machine.travel(MINUTE, tick=False) as clock:
        clock.shift(timedelta(days=400))
        for _ in range(4):
            counter.hit("a", 4)
        clock.shift(timedelta(days=-400))
        assert counter.hit("a", 4).allowed


def test_what_is_stored_names_nobody(limits: Settings, db: None) -> None:
    enforce("login:alice@example.test", 5)
    row = RateWindow.objects.get()
    assert "alice" not in row.key
    assert len(row.key) == 64


def test_old_windows_are_pruned(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = DatabaseLimit(time.time)
    with time_machine.travel(MINUTE, tick=False) as clock:
        monkeypatch.setattr(ratelimit, "PRUNE_EVERY", 10**9)
        counter.hit("old", 5)
        clock.shift(60)
        counter.hit("young", 5)
        clock.shift(60)
        monkeypatch.setattr(ratelimit, "PRUNE_EVERY", 1)
        counter.hit("new", 5)
    assert RateWindow.objects.count() == 2


def test_invented_paths_share_one_counter_once_memory_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ratelimit, "MAX_TRACKED", 3)
    counter = MemoryLimit()
    allowed = [counter.hit("ip", f"/{number}", 2, START).allowed for number in range(10)]
    assert allowed == [True] * 5 + [False] * 5
    assert counter.hit("ip", "/0", 2, START).allowed
    assert counter.hit("other", "/0", 2, START).allowed


def test_long_paths_take_no_more_memory_than_short_ones() -> None:
    counter = MemoryLimit()

    def grown(length: int) -> int:
        tracemalloc.start()
        for number in range(300):
            assert counter.hit("ip", f"/{number}".ljust(length, "x"), 2, START).allowed
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    assert grown(20) < 100_000
    assert grown(60_000) < 100_000
    first = "/0".ljust(60_000, "x")
    assert [counter.hit("ip", first, 2, START).allowed for _ in range(2)] == [True, False]
    assert counter.hit("ip", f"{first}y", 2, START).allowed


def test_many_addresses_and_paths_take_no_more_counters_than_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ratelimit, "MAX_TRACKED", 10)
    monkeypatch.setattr(ratelimit, "SHARED_COUNTERS", 5)
    counter = MemoryLimit()
    tracemalloc.start()
    for number in range(3_000):
        counter.hit(f"2001:db8::{number:x}", f"/{number}", 2, START)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 20_000


@pytest.mark.parametrize("limit_", [0, -1])
def test_a_limit_of_nothing_is_no_limit(limits: Settings, limit_: int) -> None:
    assert enforce("a", limit_) is None


def test_the_place_is_configured(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert isinstance(shared_limit(), DatabaseLimit)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert isinstance(shared_limit(), RedisLimit)
    assert shared_limit() is shared_limit()


# Fails closed: without the store nobody guesses passwords.
def test_a_store_that_does_not_answer_lets_nobody_in(alice: User, limits: Settings) -> None:
    limits.REDIS_URL = "redis://127.0.0.1:1/0"
    body = {"email": alice.email, "password": PASSWORD}
    assert Api().post("/users/login", body).status_code == 503
    limits.REDIS_URL = ""
    assert Api().post("/users/login", body).status_code == 201


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["database", "redis"])
def test_parallel_hits_let_exactly_the_limit_through(place: str) -> None:
    counter: SharedLimit = RedisLimit(REDIS) if place == "redis" else DatabaseLimit()
    name = str(uuid4())

    def hits() -> int:
        return sum(counter.hit(name, 20).allowed for _ in range(4))

    assert sum(at_once(*[hits] * 15)) == 20


@pytest.mark.postgres
@pytest.mark.parametrize("place", ["database", "redis"])
def test_machines_with_different_clocks_share_a_limit(place: str, db: None) -> None:
    counter: SharedLimit = RedisLimit(REDIS) if place == "redis" else DatabaseLimit()
    name = str(uuid4())
    allowed = []
    for minutes in (0, 5, -5, 60, 5, 0):
        with time_machine.travel(timedelta(minutes=minutes)):
            allowed.append(counter.hit(name, 4).allowed)
    assert allowed == [True] * 4 + [False] * 2


# --- the courtesy limit -----------------------------------------------------------------------


@pytest.fixture
def courtesy(limits: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    limits.API_RATE_LIMIT = 2
    # Each test client makes its own middlewares; all of them count together here.
    counter = MemoryLimit()
    monkeypatch.setattr(ratelimit, "MemoryLimit", lambda: counter)
    return limits


def get(path: str = "/api/v2/buildinfo", address: str = "192.0.2.1") -> Any:
    return Client(REMOTE_ADDR=address).get(path)


# accounts.md T243
def test_the_headers_count_down_and_the_refusal_is_json(courtesy: Settings, db: None) -> None:
    answers = [get() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    for answer, remaining in zip(answers, ("1", "0", "0"), strict=True):
        assert answer.headers["X-RateLimit-Limit"] == "2"
        assert answer.headers["X-RateLimit-Remaining"] == remaining
        assert answer.headers["X-RateLimit-Reset"] == str(START + 60)
    refused(answers[2], 429, text(2))
    assert answers[2].headers["Retry-After"] == "60"
    assert answers[2].headers["X-Coder-Request-Id"]


# accounts.md T243
def test_each_address_and_each_path_has_its_own_budget(courtesy: Settings, db: None) -> None:
    for _ in range(2):
        assert get().status_code == 200
    assert get().status_code == 429
    assert get(path="/api/v2/users/authmethods").status_code == 200
    for number in range(5):
        assert get(address=f"198.51.100.{number}").status_code == 200


def test_an_ipv6_network_is_one_client(courtesy: Settings, db: None) -> None:
    assert get(address="2001:db8:1:2::1").status_code == 200
    assert get(address="2001:db8:1:2:ffff::9").status_code == 200
    assert get(address="2001:db8:1:2::3").status_code == 429
    assert get(address="2001:db8:1:3::1").status_code == 200


def test_it_comes_before_the_key_is_looked_at(courtesy: Settings, db: None) -> None:
    statuses = [get("/api/v2/users/me").status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


def test_pages_and_health_are_not_limited(courtesy: Settings, db: None) -> None:
    answers = [get("/healthz") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert "X-RateLimit-Limit" not in answers[0].headers


@pytest.mark.parametrize("api_limit", [0, -1])
def test_no_limit_no_headers(courtesy: Settings, db: None, api_limit: int) -> None:
    courtesy.API_RATE_LIMIT = api_limit
    answers = [get() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert "X-RateLimit-Limit" not in answers[0].headers


def test_switched_off_means_no_limit_at_all(courtesy: Settings, db: None) -> None:
    courtesy.RATE_LIMITS_ENABLED = False
    assert [get().status_code for _ in range(4)] == [200] * 4


# --- the login limit --------------------------------------------------------------------------


def guess(email: str = "alice@example.test", *, address: str = "192.0.2.1") -> Any:
    return login(email, "wrong", address=address)


@pytest.fixture
def three(limits: Settings, db: None) -> Settings:
    limits.LOGIN_RATE_LIMIT = 3
    return limits


def test_a_client_signs_in_so_often_and_no_more(three: Settings, alice: User) -> None:
    answers = [guess(f"user{number}@example.test") for number in range(3)]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0"]
    assert answers[0].headers["X-RateLimit-Limit"] == "3"  # The inner limit's numbers win.
    answer = login(alice.email, PASSWORD, address="192.0.2.1")
    refused(answer, 429, text(3))
    assert answer.headers["Retry-After"] == "60"
    assert login(alice.email, PASSWORD, address="192.0.2.2").status_code == 201


# accounts.md H2
def test_an_account_is_tried_so_often_from_everywhere(three: Settings, alice: User) -> None:
    for number in range(3):
        spelled = alice.email.upper() if number % 2 else alice.email
        assert guess(spelled, address=f"192.0.2.{number}").status_code == 401
    refused(login(alice.email, PASSWORD, address="192.0.2.9"), 429, text(3))
    assert guess("other@example.test", address="192.0.2.9").status_code == 401


# accounts.md H2: the limit says nothing of who exists.
def test_an_unknown_address_is_limited_alike(three: Settings) -> None:
    statuses = [guess("nobody@example.test", address=f"192.0.2.{n}").status_code for n in range(4)]
    assert statuses == [401, 401, 401, 429]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users/login", {"email": "a{0}@b.co", "password": "x"}),
        ("/users/otp/request", {"email": "a{0}@b.co"}),
        (
            "/users/otp/change-password",
            {"email": "a{0}@b.co", "password": STRONG, "one_time_passcode": "x"},
        ),
        ("/users/validate-password", {"password": "x{0}"}),
    ],
)
def test_each_endpoint_has_its_own_budget(three: Settings, path: str, body: dict[str, str]) -> None:
    def send(number: int) -> int:
        sent = {name: value.format(number) for name, value in body.items()}
        return int(Api().post(path, sent).status_code)

    statuses = [send(number) for number in range(4)]
    assert statuses[3] == 429
    assert 429 not in statuses[:3]
    other = "/users/validate-password" if path == "/users/login" else "/users/login"
    assert Api().post(other, {"email": "a@b.co", "password": "x"}).status_code != 429


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/users/otp/request", {}),
        ("/users/otp/change-password", {"password": STRONG, "one_time_passcode": "x"}),
    ],
)
def test_strangers_do_not_keep_the_owner_from_a_passcode(
    three: Settings, path: str, body: dict[str, str]
) -> None:
    sent = str({"email": "a@b.co", **body}).replace("'", '"').encode()
    statuses = [
        Client(REMOTE_ADDR=f"192.0.2.{number}").generic("POST", f"/api/v2{path}", sent).status_code
        for number in range(6)
    ]
    assert 429 not in statuses


def test_a_refused_body_counts_too(three: Settings) -> None:
    statuses = [Api()("POST", "/users/login", raw=b"{").status_code for _ in range(4)]
    assert statuses == [400, 400, 400, 429]


# accounts.md H2, and: many names of one person are no way around it.
def test_a_conversion_is_limited_whatever_the_person_is_called(
    three: Settings, as_alice: Api, alice: User
) -> None:
    body = {"to_type": "oidc", "password": "wrong"}
    names = ["me", "alice", "ALICE", str(alice.pk), alice.pk.hex.upper()]
    statuses = [as_alice.post(f"/users/{name}/convert-login", body).status_code for name in names]
    assert statuses == [401, 401, 401, 429, 429]


# accounts.md H2: guesses through a conversion and through a sign-in share the account's budget.
def test_tries_of_a_conversion_are_counted_apart_from_sign_ins(
    three: Settings, as_owner: Api, as_alice: Api, alice: User
) -> None:
    body = {"to_type": "oidc", "password": "wrong"}
    for number in range(3):
        as_owner.post("/users/alice/convert-login", body, x_forwarded_for=f"192.0.2.{number}")
    assert as_alice.post("/users/me/convert-login", body).status_code == 429
    assert login(alice.email, PASSWORD, address="192.0.2.77").status_code == 201


# --- the password route, by user --------------------------------------------------------------


def put(api: Api, name: str = "me", **headers: str) -> Any:
    body = {"password": STRONG, "old_password": "wrong"}
    return api.put(f"/users/{name}/password", body, **headers)


# accounts.md T243
def test_a_user_is_limited_whatever_the_address_and_the_path(
    three: Settings, alice: User, as_alice: Api, as_owner: Api
) -> None:
    statuses = [
        put(as_alice, name).status_code
        for name in ("me", "Alice", str(alice.pk).upper(), "me", "alice", "me/../me")
    ]
    assert statuses[:5] == [400, 400, 400, 429, 429]
    assert put(signed_in(alice)).status_code == 429
    assert put(as_owner).status_code == 400
    client = Client(REMOTE_ADDR="198.51.100.7")
    headers = {"Coder-Session-Token": as_alice.token}
    assert client.put("/api/v2/users/me/password", headers=headers).status_code == 429


def test_a_weak_or_unreadable_body_counts_too(three: Settings, as_alice: Api) -> None:
    statuses = [as_alice("PUT", "/users/me/password", raw=b"{").status_code for _ in range(4)]
    assert statuses == [400, 400, 400, 429]


# accounts.md T243
@pytest.mark.parametrize("value", ["1", "t", "T", "true", "TRUE", "True"])
def test_only_an_owner_may_ask_to_be_let_through(
    three: Settings, as_alice: Api, as_owner: Api, value: str
) -> None:
    answer = put(as_alice, X_Coder_Bypass_Ratelimit=value)
    assert answer.status_code == 428
    text_ = '"X-Coder-Bypass-Ratelimit" provided but user is not owner'
    assert text_ in (
        document(answer)["message"] if answer.content[:1] == b"{" else answer.content.decode()
    )
    for _ in range(5):
        answer = put(as_owner, X_Coder_Bypass_Ratelimit=value)
        assert answer.status_code == 400


@pytest.mark.parametrize("value", ["", "0", "false", "yes", "tRUE"])
def test_other_values_ask_for_nothing(three: Settings, as_alice: Api, value: str) -> None:
    statuses = [put(as_alice, X_Coder_Bypass_Ratelimit=value).status_code for _ in range(4)]
    assert statuses == [400, 400, 400, 429]


def test_asking_is_nothing_where_there_is_no_limit(as_alice: Api, settings: Settings) -> None:
    settings.RATE_LIMITS_ENABLED = False
    assert put(as_alice, X_Coder_Bypass_Ratelimit="true").status_code == 400


def test_asking_does_not_help_before_the_sign_in(three: Settings, alice: User) -> None:
    raw = f'{{"email": "{alice.email}", "password": "wrong"}}'.encode()
    statuses = [
        Client()
        .generic("POST", "/api/v2/users/login", raw, headers={"X-Coder-Bypass-Ratelimit": "true"})
        .status_code
        for _ in range(4)
    ]
    assert statuses == [401, 401, 401, 429]


# --- guessing keys ----------------------------------------------------------------------------


def test_an_address_that_guesses_keys_is_slowed_down(limits: Settings, alice: User) -> None:
    limits.KEY_GUESS_LIMIT = 2
    good = signed_in(alice)
    unknown, wrong = Api("a" * 10 + "-" + "b" * 22), Api(good.token.split("-")[0] + "-" + "b" * 22)
    assert [api.get("/users/me").status_code for api in (unknown, wrong, unknown, wrong)] == [
        401,
        401,
        429,
        429,
    ]
    # Somebody behind the same address who has a key is let through.
    assert good.get("/users/me").status_code == 200
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    headers = {"Coder-Session-Token": unknown.token}
    assert elsewhere.get("/api/v2/users/me", headers=headers).status_code == 401


@pytest.mark.parametrize("token", ["", "malformed", "a-b-c"])
def test_what_is_no_guess_is_not_counted(limits: Settings, db: None, token: str) -> None:
    limits.KEY_GUESS_LIMIT = 2
    assert [Api(token).get("/users/me").status_code for _ in range(4)] == [401] * 4


def test_an_expired_key_is_no_guess(limits: Settings, alice: User) -> None:
    limits.KEY_GUESS_LIMIT = 1
    old = signed_in(alice, expires_at=timezone.now() - timedelta(seconds=1))
    assert [old.get("/users/me").status_code for _ in range(3)] == [401] * 3


def test_a_refusal_is_an_error_of_the_table() -> None:
    error = RateLimited(limit=7, reset_at=60)
    assert (error.status, error.message) == (429, text(7))


def test_people_are_told_apart(three: Settings, db: None) -> None:
    users = [signed_in(make_user(f"user{number}")) for number in range(4)]
    assert [put(api).status_code for api in users] == [400] * 4
