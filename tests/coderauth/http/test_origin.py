"""A page of another site changes nothing, whatever it makes a browser send."""

import json
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils.module_loading import import_string
from pytest_django import Settings

from accounts.models import User
from coderauth.http.pages import PagesOnly
from scopes.models import Key
from tests.expect import refused
from tests.invariants.routes import ROWS, Row
from tests.people import PASSWORD, make_key

US, THEM = "https://auth.example.test", "https://evil.example"
MESSAGE = "Requests from pages of other websites are refused."
DETAIL = f"Send it from {US}, or with a key in a header and without the session cookie."
FOREIGN: list[dict[str, str]] = [
    {"Origin": THEM},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://auth.example.test"},  # Whoever sits on the line can write that page.
    {"Origin": f"{US}.evil.example"},
    {"Origin": f"{US}@evil.example"},
    {"Origin": "https://["},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": THEM},
    {"Sec-Fetch-Site": "", "Origin": THEM},
    # A browser that knows better says so, whatever the names look like.
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://second.example.test"},
]
OURS: list[dict[str, str]] = [
    {},
    {"Origin": US},
    {"Origin": "https://AUTH.example.test"},
    {"Origin": "https://second.example.test"},  # The host that was asked.
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Origin": US},
]


@pytest.fixture(autouse=True)
def _two_names(settings: Settings) -> None:
    settings.ACCESS_URL, settings.HTTPS = US, True
    settings.CSRF_TRUSTED_ORIGINS = [US]


def send(path: str, body: Any, headers: dict[str, str], method: str = "POST") -> Any:
    # As a form with `enctype=text/plain` sends it, which no browser asks about first.
    client = Client(enforce_csrf_checks=True, headers={"Host": "second.example.test", **headers})
    return client.generic(method, path, json.dumps(body), content_type="text/plain")


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_makes_no_first_owner(db: None, headers: dict[str, str]) -> None:
    body = {"email": "eve@example.test", "username": "eve", "password": PASSWORD}
    refused(send("/api/v2/users/first", body, headers), 403, MESSAGE, detail=DETAIL)
    assert not User.objects.exists()


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_foreign_page_signs_nobody_in(alice: User, headers: dict[str, str]) -> None:
    answer = send("/api/v2/users/login", {"email": alice.email, "password": PASSWORD}, headers)
    refused(answer, 403, MESSAGE, detail=DETAIL)
    assert not answer.cookies
    assert not Key.objects.exists()


@pytest.mark.parametrize("headers", OURS)
def test_our_own_pages_and_programs_may(alice: User, headers: dict[str, str]) -> None:
    answer = send("/api/v2/users/login", {"email": alice.email, "password": PASSWORD}, headers)
    assert answer.status_code == 201


WRITES = [row for row in ROWS if row.method not in {"GET", "HEAD"}]


@pytest.mark.parametrize("row", WRITES, ids=str)
def test_every_write_of_the_api_asks_where_it_comes_from(alice: User, row: Row) -> None:
    cookie = {"Cookie": f"coder_session_token={make_key(alice)}"}
    answer = send(row.any_path, {}, {**cookie, "Sec-Fetch-Site": "cross-site"}, row.method)
    refused(answer, 403, MESSAGE, detail=DETAIL)
    answer = send(row.any_path, {}, {**cookie, "Sec-Fetch-Site": "same-origin"}, row.method)
    assert MESSAGE.encode() not in answer.content


@pytest.mark.parametrize("path", ["/login", "/setup", "/logout", "/forgot-password", "/admin/"])
def test_every_form_asks_where_it_comes_from(db: None, path: str) -> None:
    answer = send(path, {}, {"Origin": THEM})
    assert answer.status_code == 403
    assert DETAIL.encode() in answer.content
    assert answer.headers["Content-Type"].startswith("text/html")
    assert DETAIL.encode() not in send(path, {}, {"Origin": US}).content


@pytest.mark.parametrize("header", ["Coder-Session-Token", "Authorization"])
def test_a_key_in_a_header_is_no_pages_doing(alice: User, header: str) -> None:
    token = make_key(alice)
    key = {header: token if header != "Authorization" else f"Bearer {token}"}
    foreign = {"Origin": THEM, "Sec-Fetch-Site": "cross-site"}
    path = "/api/v2/users/me/keys"
    assert send(path, {}, {**key, **foreign}).status_code == 201
    cookie = {"Cookie": f"coder_session_token={token}"}
    refused(send(path, {}, {**key, **cookie, **foreign}), 403, MESSAGE, detail=DETAIL)
    assert send(path, {}, {**key, **cookie}).status_code == 201
    query = f"{path}?coder_session_token={token}"
    refused(send(query, {}, foreign), 403, MESSAGE, detail=DETAIL)


@pytest.mark.parametrize("headers", FOREIGN)
def test_reading_is_allowed_from_anywhere(alice: User, headers: dict[str, str]) -> None:
    sent = {"Coder-Session-Token": make_key(alice), **headers}
    assert send("/api/v2/users/me", None, sent, "GET").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_rule_of_pages_sees_a_write_to_an_unknown_route(alice: User, method: str) -> None:
    sent = {"Coder-Session-Token": make_key(alice)}
    refused(send("/api/v2/nosuch", {}, sent, method), 404, "Route not found.")


def test_no_hook_of_a_page_rule_sees_the_api(rf: Any) -> None:
    """Django calls the hooks of a middleware beside its `__call__`."""
    request, hooks = rf.post("/api/v2/users/me"), 0
    request._dont_enforce_csrf_checks = False

    def nothing(request: Any) -> None:
        return None

    for name in django_settings.MIDDLEWARE:
        made = import_string(name)
        if not (isinstance(made, type) and issubclass(made, PagesOnly)):
            continue
        middleware: Any = made(nothing)  # type: ignore[call-arg]
        for hook, given in (
            ("process_view", (request, nothing, (), {})),
            ("process_exception", (request, RuntimeError())),
            ("process_template_response", (request, None)),
        ):
            if hasattr(middleware, hook):
                hooks += 1
                assert getattr(middleware, hook)(*given) is None, (name, hook)
    assert hooks
