"""A database, or a Redis, that goes away: 503, nothing lost, and no help needed to recover."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.processes import Installation
from tests.scale.load import Load, load
from tests.scale.replicas import OWNER, Replicas, replicas_of
from tests.servers import PostgreSQL, free_port, redis
from tests.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.long]
OUTAGE = 10  # seconds
# So long may a thread, the lane or the worker take to look for the database again.
RECOVERY = 60
PEOPLE = [f"person{number}" for number in range(30)]
CHECK = {"checks": {"it": {"object": {"resource_type": "user"}, "action": "read"}}}


@contextmanager
def stopped(server: PostgreSQL) -> Iterator[None]:
    """Have PostgreSQL fall over, and start it again after the block."""
    server.stop(signal.SIGQUIT)
    yield
    server.start()


class Work:
    """Clients that read, make keys and ask for mail, and what was confirmed to them."""

    def __init__(self, replicas: Replicas) -> None:
        self.api = f"{replicas.url}/api/v2"
        self.headers = {"Coder-Session-Token": replicas.token}
        self.keys: list[str] = []
        self.asked_for_mail: list[str] = []
        self.without_retry_after: list[str] = []
        self._number = count()
        self._people = iter(PEOPLE)

    def read(self, client: httpx2.Client) -> httpx2.Response:
        return self._seen(client.get(f"{self.api}/users/me", headers=self.headers))

    def search(self, client: httpx2.Client) -> httpx2.Response:
        return self._seen(client.get(f"{self.api}/users?limit=1", headers=self.headers))

    def check(self, client: httpx2.Client) -> httpx2.Response:
        return self._seen(client.post(f"{self.api}/authcheck", json=CHECK, headers=self.headers))

    def make(self, client: httpx2.Client) -> httpx2.Response:
        body = {"token_name": f"made-{next(self._number)}"}
        path = f"{self.api}/users/me/keys/tokens"
        answer = client.post(path, json=body, headers=self.headers)
        if answer.status_code == 201:
            self.keys.append(answer.json()["key"])
        return self._seen(answer)

    def mail(self, client: httpx2.Client) -> httpx2.Response:
        """Ask for a passcode for the next person; at the end of the list, only look."""
        name = next(self._people, "")
        if not name:
            return self.read(client)
        time.sleep(0.5)  # So that some are asked for before, while and after.
        email = f"{name}@example.test"
        answer = client.post(f"{self.api}/users/otp/request", json={"email": email})
        if answer.status_code == 204:
            self.asked_for_mail.append(email)
        return self._seen(answer)

    def _seen(self, answer: httpx2.Response) -> httpx2.Response:
        if answer.status_code == 503 and "Retry-After" not in answer.headers:
            self.without_retry_after.append(answer.text)
        return answer

    @property
    def acts(self) -> list[Any]:
        return [self.read, self.read, self.search, self.check, self.make, self.make, self.mail]


def health(replicas: Replicas) -> list[tuple[int, int]]:
    """Return what `/healthz` and `/readyz` of each server answer."""
    answers = [
        [replicas.ask(number, "GET", path).status_code for path in ("/healthz", "/readyz")]
        for number in (0, 1)
    ]
    return [(alive, ready) for alive, ready in answers]


WELL, NOT_READY = [(200, 200)] * 2, [(200, 503)] * 2


def nothing_is_lost(replicas: Replicas, work: Work) -> None:
    """Hold what was confirmed against what is stored."""
    first = replicas.installations[0]
    kept = {key for (key,) in first.rows("SELECT id FROM scopes_key WHERE login_type = 'token'")}
    assert {secret[:10] for secret in work.keys} <= kept
    names = first.rows("SELECT name FROM scopes_key WHERE login_type = 'token'")
    recorded = first.rows(
        "SELECT resource_target FROM audit_entry WHERE resource_type = 'api_key' "
        "AND action = 'create' AND resource_target LIKE 'made-%'"
    )
    assert sorted(recorded) == sorted(names), "a key without its entry, or an entry without its key"
    for secret in work.keys:
        assert replicas.ask(0, "GET", "/users/me", token=secret).status_code == 200
    mails = first.folder / "data" / "mail"

    def mailed() -> set[str]:
        texts = [file.read_text() for file in mails.glob("*.eml")]
        return {email for email in work.asked_for_mail if any(email in text for text in texts)}

    assert work.asked_for_mail
    until(lambda: mailed() == {*work.asked_for_mail}, RECOVERY)
    verified = first.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def has_recovered(under_way: Load) -> bool:
    """Say whether the next hundred answers are good ones."""
    under_way.forget()
    until(lambda: under_way.total >= 100)
    return all(isinstance(told, int) and told < 300 for told in under_way.told)


@pytest.fixture
def populated(own_replicas: Replicas) -> Replicas:
    for name in PEOPLE:
        own_replicas.join(name)
    return own_replicas


def test_postgresql_gone_for_ten_seconds_is_503_and_loses_nothing(
    populated: Replicas, own_server: PostgreSQL
) -> None:
    work = Work(populated)
    assert health(populated) == WELL
    with load(*work.acts) as under_way:
        under_way.wait_for(100)
        with stopped(own_server):
            under_way.wait_for(20, 503)
            under_way.forget()
            begun = time.monotonic()
            while time.monotonic() < begun + OUTAGE:
                assert health(populated) == NOT_READY
            assert {*under_way.told} == {503}, under_way.odd
        until(lambda: health(populated) == WELL, RECOVERY)
        until(lambda: has_recovered(under_way), RECOVERY)
        under_way.wait_for(10, 201)
    assert work.without_retry_after == []
    nothing_is_lost(populated, work)


# Only the limits on sign-in are counted in it, and they fail closed.
def test_without_redis_nobody_signs_in_and_everything_else_goes_on(
    migrated: Installation, tmp_path: Path
) -> None:
    port = free_port()
    migrated.environment["CODERAUTH_REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
    with ExitStack() as stack:
        with redis(port):
            replicas = stack.enter_context(replicas_of(migrated, tmp_path))
        login = replicas.ask(0, "POST", "/users/login", OWNER)
        assert (login.status_code, login.headers["Retry-After"]) == (503, "1")
        wrong_key = replicas.ask(0, "GET", "/users/me", token="0123456789-0123456789012345678901")
        assert wrong_key.status_code == 401
        work = Work(replicas)
        with load(work.read, work.search, work.check, work.make) as under_way:
            under_way.wait_for(100)
        assert {*under_way.told} <= {200, 201}, under_way.odd
        assert health(replicas) == WELL
        with redis(port):
            until(lambda: bool(replicas.ask(1, "POST", "/users/login", OWNER).is_success))


def test_the_first_who_asks_after_the_database_fell_over_is_answered(
    own_server: PostgreSQL, own_replicas: Replicas
) -> None:
    """The lane's idle connection is gone, and its number belongs to the next client."""
    with stopped(own_server):
        for _ in range(3):
            for number in (0, 1):
                assert own_replicas.ask(number, "GET", "/readyz").status_code == 503
                assert own_replicas.ask(number, "GET", "/healthz").status_code == 200
    assert "Traceback" not in own_replicas.output
