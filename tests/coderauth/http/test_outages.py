"""A database that takes no writes, or does not answer, is 503; never a wrong key, never a 500."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from coderauth.http.outages import OncePerSecond
from coderauth.web import health
from tests.expect import refused
from tests.people import PASSWORD, Api, make_key

MESSAGE = "The database does not answer right now. Please try again in a moment."


@contextmanager
def full_disk() -> Iterator[None]:
    """Leave SQLite no page to grow by."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute("PRAGMA max_page_count")
        (before,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA max_page_count = {before}")


@contextmanager
def read_only() -> Iterator[None]:
    sqlite = connection.vendor == "sqlite"
    on = "PRAGMA query_only = 1" if sqlite else "SET default_transaction_read_only = on"
    off = "PRAGMA query_only = 0" if sqlite else "SET default_transaction_read_only = off"
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


def unavailable(answer: Any) -> None:
    refused(answer, 503, MESSAGE)
    assert answer.headers["Retry-After"] == "5"


@pytest.fixture
def limits(settings: Settings) -> None:
    settings.RATE_LIMITS_ENABLED = True


ALICE = {"email": "alice@example.test", "password": PASSWORD}
WRITES = [
    ("POST", "/users/login", ALICE),
    ("POST", "/users/me/keys", None),
    ("DELETE", "/users/me/keys/{key}", None),
    ("PUT", "/users/me/profile", {"username": "alicia"}),
    ("POST", "/users/otp/request", {"email": "a@b.co"}),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_read_only_database_is_503_and_reads_go_on(
    limits: None, alice: User, method: str, path: str, body: Any
) -> None:
    api, key = Api(make_key(alice)), make_key(alice)
    where = path.format(key=key[:10])
    with read_only():
        unavailable(api(method, where, body))
        assert api.get("/users/me").status_code == 200
        assert Api(f"{key[:11]}{'x' * 22}").get("/users/me").status_code == 401
        assert Api(f"{'a' * 10}-{'b' * 22}").get("/users/me").status_code == 401
    assert api(method, where, body).status_code < 400


@pytest.mark.django_db(transaction=True)
def test_readiness_notices_that_writes_fail(db: None) -> None:
    def ready() -> tuple[int, bytes]:
        health._takes_writes.cache_clear()
        answer = Client().get("/readyz")
        return answer.status_code, answer.content

    assert ready() == (200, b"OK")
    with read_only():
        assert ready() == (503, b"The database takes no writes.")
        assert Client().get("/healthz").status_code == 200
    assert ready() == (200, b"OK")


# PostgreSQL reports a full disk as it does an outage; SQLite can be made full.
@pytest.mark.no_database
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_is_503_and_loses_nothing(alice: User) -> None:
    api = Api(make_key(alice))
    with full_disk():
        statuses = {api.post("/users/me/keys").status_code for _ in range(200)}
        assert statuses <= {201, 503}
        assert 503 in statuses
        unavailable(api.post("/users/me/keys"))
        assert api.get("/users/me").status_code == 200
    assert api.post("/users/me/keys").status_code == 201


@pytest.mark.parametrize("path", ["/login", "/account", "/setup"])
def test_pages_say_so_too(alice: User, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Client(raise_request_exception=False)
    visitor.cookies["coder_session_token"] = make_key(alice)

    def gone(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("host=10.0.0.1 password=hunter2")

    monkeypatch.setattr("scopes.keys.verifying.find_caller", gone)
    monkeypatch.setattr("accounts.models.UserQuerySet.exists", gone)
    answer = visitor.get(path)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert MESSAGE.encode() in answer.content
    assert b"hunter2" not in answer.content


def test_the_log_says_so_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    quiet, logger = OncePerSecond(), logging.getLogger("coderauth.http.envelope")

    def line(error: Exception) -> logging.LogRecord | None:
        told = (type(error), error, None)
        record = logger.makeRecord(logger.name, logging.ERROR, "", 0, "Oh %s", ("no",), told)
        return record if quiet.filter(record) else None

    first = line(OperationalError("password=hunter2"))
    assert first is not None
    assert first.getMessage() == "Oh no: the database does not answer (OperationalError)"
    assert first.exc_info is None
    assert [line(OperationalError("x")) for _ in range(50)] == [None] * 50
    assert line(ValueError("another error")) is not None
    quiet._last -= 1
    later = line(OperationalError("x"))
    assert later is not None
    assert later.getMessage().endswith("as 50 times before")


def test_the_filter_is_in_the_way_of_every_line() -> None:
    logging_settings: Any = django_settings.LOGGING
    handlers = logging_settings["handlers"].values()
    assert all("outages" in handler["filters"] for handler in handlers)


# --- a database that goes away and comes back ---------------------------------------------------


class Line:
    """A line to the real PostgreSQL that can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
                continue
            server = socket.create_connection(self._target, timeout=10)
            self._pairs.append((client, server))
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True
        for pair in self._pairs:
            for end in pair:
                with closing(end):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def close(self) -> None:
        self._listener.close()


def _pump(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        return


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_postgresql_that_goes_away_is_503_and_recovers_by_itself(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Api(make_key(alice))
    target = urlsplit(f"//{connection.settings_dict['HOST']}:{connection.settings_dict['PORT']}")
    line = Line(target.hostname or "", target.port or 0)
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(line.port))
    try:
        assert api.get("/users/me").status_code == 200
        line.cut()
        for _ in range(3):
            unavailable(api.get("/users/me"))
            unavailable(api.post("/users/me/keys"))
            unavailable(Api().post("/users/login", {"email": alice.email, "password": PASSWORD}))
        assert Client().get("/readyz").status_code == 503
        line.is_cut = False
        assert api.get("/users/me").status_code == 200
        assert api.post("/users/me/keys").status_code == 201
    finally:
        line.close()
        connection.close()
