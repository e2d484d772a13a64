"""Whatever is sent, the answer is a refusal in JSON and never a failure of the server."""

import json
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.expect import document
from tests.people import PASSWORD, Api, make_key

ENDPOINTS = [
    ("POST", "/users/first"),
    ("POST", "/users/login"),
    ("POST", "/users/otp/request"),
    ("POST", "/users/otp/change-password"),
    ("POST", "/users/validate-password"),
    ("POST", "/users"),
    ("PUT", "/users/alice/roles"),
    ("PUT", "/users/alice/password"),
    ("POST", "/users/alice/convert-login"),
]
NAMES = [
    "email", "username", "name", "password", "old_password", "one_time_passcode", "roles",
    "to_type", "login_type", "user_status", "organization_ids", "organization_id", "trial",
    "trial_info", "Email",
]  # fmt: skip
FEW = settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(
    ["alice", "alice@example.test", "oidc", "owner", "\x00", "a\u0000b", "x" * 300, PASSWORD]
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def session(owner: User, alice: User) -> Api:
    return Api(make_key(owner))


def survives(answer: Any) -> None:
    """Assert that an answer is no failure, and JSON if it has a body."""
    assert answer.status_code < 500, answer.content
    if answer.content and not answer.headers["Content-Type"].startswith("text/plain"):
        assert isinstance(json.loads(answer.content), (dict, list))


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@given(raw=st.binary(max_size=200))
@FEW
def test_any_bytes_are_answered(session: Api, method: str, path: str, raw: bytes) -> None:
    survives(session(method, path, raw=raw))


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@given(body=st.dictionaries(st.sampled_from(NAMES), values, max_size=6))
@FEW
def test_any_json_is_answered(session: Api, method: str, path: str, body: dict[str, Any]) -> None:
    survives(session(method, path, raw=json.dumps(body).encode()))


HOSTILE = [
    b"",
    b"\x00",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"email":' * 20_000,
    b'{"a":' + b"[" * 500 + b"]" * 500 + b"}",
    b'{"email":"\\ud800","password":"\\udfff","username":"\\ud800"}',
    b'{"email":"\xff\xfe@b.co","password":"\xed\xa0\x80"}',
    b'{"email":"a\\u0000@b.co","password":"\\u0000"}',
    b'{"password":1e999}',
    b'{"password":' + b"9" * 5000 + b"}",
    b'{"password":NaN}',
    b'{"roles":[' + b'"owner",' * 20_000 + b'"owner"]}',
    b'{"organization_ids":["' + b"0" * 32 + b'"' + b',"' + b"0" * 32 + b'"' + b"]}",
    b'{"email":"' + b"a" * 10_000 + b'@b.co","username":"' + b"a" * 10_000 + b'","password":"x"}',
    b'{"email":"a@b.co","username":"ab","password":"' + b"x" * (2**20 - 100) + b'"}',
    b'{"email":"a@b.co","password":"' + b"x" * 2**20 + b'"}',
    b"{}" + b" " * 2**21,
    b'{"__proto__":{"password":"x"},"constructor":{}}',
    b'{"":"","\\u0000":"x"}',
    b"a=b&email=alice%40example.test",
]  # fmt: skip


# To these some of the bodies are proper requests: an unknown address, no roles, a bad password.
ANSWERS_ANYTHING = {"/users/otp/request", "/users/alice/roles", "/users/validate-password"}


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_hostile_bodies_are_refused(session: Api, method: str, path: str) -> None:
    for raw in HOSTILE:
        answer = session(method, path, raw=raw)
        survives(answer)
        if path not in ANSWERS_ANYTHING:
            assert answer.status_code >= 400, raw[:80]


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=\x7f",
        "application/x-www-form-urlencoded",
        "text/plain; charset=nonsense",
        "x" * 3000,
        "application/json; charset=utf-16",
    ],
)
def test_the_content_type_is_not_looked_at(
    session: Api, method: str, path: str, content_type: str
) -> None:
    headers = {"Coder-Session-Token": session.token}
    answer = Client().generic(
        method, f"/api/v2{path}", b'{"email": 7}', content_type=content_type, headers=headers
    )
    survives(answer)


# accounts.md H12
@pytest.mark.parametrize(("size", "fits"), [(2**20, True), (2**20 + 1, False)])
def test_a_body_is_at_most_a_mebibyte(session: Api, alice: User, size: int, fits: bool) -> None:
    raw = json.dumps({"email": alice.email, "password": PASSWORD}).encode()
    answer = session("POST", "/users/login", raw=raw + b" " * (size - len(raw)))
    assert answer.status_code == (201 if fits else 400)
    if not fits:
        assert document(answer)["message"] == "Request body must be valid JSON."


# accounts.md H12
@pytest.mark.parametrize(("length", "fits"), [(254, True), (255, False)])
def test_an_address_is_at_most_254_bytes(session: Api, length: int, fits: bool) -> None:
    address = "a" * (length - len("@example.test")) + "@example.test"
    answer = session.post("/users/otp/request", {"email": address})
    assert answer.status_code == (204 if fits else 400)


def test_a_megabyte_of_password_is_answered_quickly(session: Api) -> None:
    for password in ("a" * 1_000_000, "abc123" * 160_000, "é" * 170_000):
        answer = session.post("/users/validate-password", {"password": password})
        assert document(answer) == {
            "valid": False,
            "details": "password must be no more than 64 characters",
        }
        wrong = {"email": "alice@example.test", "password": password}
        assert session.post("/users/login", wrong).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/users/%00", "/users/%FF", "/users/%", "/users/%zz", "/users/%C0%AF", "/users/%ED%A0%80",
        "/users/a%0d%0aSet-Cookie:x", "/users/" + "a" * 10_000, "/users/..%2f..", "/users/%2500",
        "/users/{alice}", "/users/urn:uuid:x", "/users/%F0%9F%91%8B/roles",
        "/users/%00/organizations/%00", "/users/me/organizations/%00", "/users/%27%20OR%201=1--",
        "/users/%25", "/users/_", "/users/me%00",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_strange_paths_are_answered(session: Api, method: str, path: str) -> None:
    answer = session(method, path, {} if method != "GET" else None)
    survives(answer)
    assert answer.status_code >= 400


@given(raw=st.binary(min_size=1, max_size=60))
@FEW
def test_any_path_is_answered(session: Api, raw: bytes) -> None:
    survives(session.get(f"/users/{quote_from_bytes(raw, safe='')}"))


@pytest.mark.parametrize(
    "query",
    [
        "coder_session_token=%00", "coder_session_token=%FF%FE", "access_token=%ED%A0%80", "%", "=",
        "&&&", "coder_session_token", "a=" + "x" * 50_000, "coder_session_token[]=x", "\xe9=\xe9",
    ],
)  # fmt: skip
def test_strange_queries_are_answered(session: Api, query: str) -> None:
    survives(session.get(f"/users/me?{query}"))
    survives(Api().get(f"/users/me?{query}"))


# Django stops reading after a thousand; that is the sender's fault and no failure.
@pytest.mark.parametrize(("number", "status"), [(900, 200), (1500, 400)])
def test_too_many_query_parameters_are_refused_in_json(
    session: Api, number: int, status: int
) -> None:
    query = "&".join("a=1" for _ in range(number))
    headers = {"Cookie": f"coder_session_token={session.token}"}
    assert session.get(f"/users/me?{query}").status_code == status
    for method in ("GET", "POST"):
        answer = Client().generic(method, f"/api/v2/users/me?{query}", headers=headers)
        survives(answer)
        if status == 400 and method == "POST":
            message = document(answer)["message"]
            assert message == "Query parameters have invalid values."


@pytest.mark.parametrize(
    "cookie",
    [
        "coder_session_token", "coder_session_token=;;;=", 'coder_session_token="', "=" * 500,
        "\xff=\xff", 'coder_session_token="a\\073b"', "coder_session_token=%00", "csrf_token=\xe9",
        "x" * 20_000,
    ],
)  # fmt: skip
def test_strange_cookies_are_answered(session: Api, cookie: str) -> None:
    for method in ("GET", "POST"):
        answer = Client().generic(method, "/api/v2/users/me", headers={"Cookie": cookie})
        assert answer.status_code in {400, 401, 405}


def test_of_two_session_cookies_one_decides_for_all_checks(session: Api, alice: User) -> None:
    mine = make_key(alice)
    cookies = f"coder_session_token={mine}; coder_session_token={session.token}"
    who = document(Client().get("/api/v2/users/me", headers={"Cookie": cookies}))["username"]
    token = {"alice": mine, "owner": session.token}[who]
    other = {"alice": session.token, "owner": mine}[who]
    for sent, status in ((token, 201), (other, 400)):
        headers = {"Cookie": cookies, "Coder-Session-Token": sent}
        answer = Client().post("/api/v2/users/me/keys", headers=headers)
        assert answer.status_code == status


def test_a_strange_agent_is_recorded_as_text(alice: User) -> None:
    for agent in ("\x00" * 9, "x" * 5000, "é\xff", "<script>"):
        body = {"email": alice.email, "password": "wrong"}
        assert Api().post("/users/login", body, User_Agent=agent).status_code == 401
