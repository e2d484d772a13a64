"""Paths, slashes, methods (accounts.md 1.1)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from tests.expect import document, refused
from tests.people import Api

GROUPS = [
    "", "/users/me", "/users/me/organizations", "/users/me/keys/tokens",
]  # fmt: skip
LEAVES = [
    "/users/first", "/users/authmethods", "/users/me/roles", "/users/me/login-type", "/buildinfo",
    "/users/me/organizations/coder",
]  # fmt: skip


@pytest.mark.parametrize("path", GROUPS)
def test_a_group_answers_with_and_without_a_slash(as_alice: Api, path: str) -> None:
    assert as_alice.get(path).status_code == 200
    assert as_alice.get(f"{path}/").status_code == 200


@pytest.mark.parametrize("path", LEAVES)
def test_a_leaf_has_no_slash_and_nobody_is_sent_elsewhere(as_alice: Api, path: str) -> None:
    assert as_alice.get(path).status_code == 200
    assert as_alice.get(f"{path}/").status_code in {400, 404}


@pytest.mark.parametrize(
    "path",
    ["//users/me", "/users//me", "///users////me/", "/users/me//roles", "//users/%2Fme"],
)
def test_runs_of_slashes_count_as_one(as_alice: Api, path: str) -> None:
    assert as_alice.get(path).status_code == 200


def test_slashes_before_the_prefix_collapse_too(as_alice: Api) -> None:
    answer = Client().get(
        "http://testserver//api//v2/users/me", headers={"Coder-Session-Token": as_alice.token}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/users/me/nothing", "/users/me/roles/more", "/user", "/Users/me",
        "/users/me/ROLES", "/foo%0Abar", "/users/me%0A/x", "/%00", "/%FF", "/..", "/users/a%2Fb",
        "/api/v2/users/me",
        "/users/otp/request/", "/users/login/x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_not_found_in_json(as_alice: Api, method: str, path: str) -> None:
    refused(as_alice(method, path), 404, "Route not found.")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/users/me", "/api/v2%0A", "/api/v22"])
def test_what_is_beside_the_api_is_not_found_in_json(db: None, path: str) -> None:
    refused(Client().get(path), 404, "Route not found.")


@pytest.mark.parametrize("suffix", ["%0A", "%20", "%00", "%0D", ";x", ".json", "%2F."])
def test_a_path_with_something_after_it_is_another_path(as_alice: Api, suffix: str) -> None:
    assert as_alice.get(f"/users/me/roles{suffix}").status_code == 404
    assert as_alice.get("/users/me/roles").status_code == 200


# --- methods ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/users/me"),
        ("PUT", "/users/me"),
        ("POST", "/users/me/roles"),
        ("GET", "/users/me/password"),
        ("DELETE", "/users/logout"),
        ("GET", "/users/logout"),
        ("POST", "/users/authmethods"),
        ("PUT", "/users/first"),
        ("GET", "/users/me/convert-login"),
        ("OPTIONS", "/users/me"),
        ("TRACE", "/users/me"),
        ("NONSENSE", "/users/me"),
        ("get", "/users/me/password"),
    ],
)
def test_a_wrong_method_is_405_without_a_body(as_alice: Api, method: str, path: str) -> None:
    answer = as_alice(method, path)
    assert (answer.status_code, answer.content) == (405, b"")
    assert "Content-Type" not in answer.headers
    assert answer.headers["X-Coder-Request-Id"]


@pytest.mark.parametrize("path", ["/users/me", "/users/first", "/buildinfo", "/users", "/nosuch"])
def test_head_is_a_get_without_its_body(as_alice: Api, path: str) -> None:
    head, get = as_alice("HEAD", path), as_alice.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert head.headers["Content-Length"] == str(len(get.content))


def test_head_needs_a_key_where_get_does(anonymous: Api, as_alice: Api) -> None:
    assert anonymous("HEAD", "/users/me").status_code == 401
    assert as_alice("HEAD", "/users/me").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/users/me", "DELETE, GET, HEAD"),
        ("GET", "/users/login", "POST"),
        ("HEAD", "/users/login", "POST"),
        ("DELETE", "/buildinfo", "GET, HEAD"),
        ("OPTIONS", "/users", "GET, HEAD, POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    as_alice: Api, method: str, path: str, allowed: str
) -> None:
    answer = as_alice(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


# Upstream asks who is calling first, wherever the path could as well be somebody's.
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "/users/me", 401),
        ("PATCH", "/users/first", 401),
        ("GET", "/users/login", 401),
        ("OPTIONS", "/users/me", 401),
        ("POST", "", 405),
        ("POST", "/buildinfo", 405),
    ],
)
def test_a_wrong_method_of_nobody(anonymous: Api, method: str, path: str, status: int) -> None:
    assert anonymous(method, path).status_code == status


@pytest.mark.parametrize(
    "path", ["/users/login", "/users/otp/request", "/users/validate-password", "/users/first"]
)
def test_a_public_route_asks_for_no_key_and_reads_the_body(anonymous: Api, path: str) -> None:
    answer = anonymous.post(path, {})
    assert (answer.status_code, document(answer)["message"]) == (400, "Validation failed.")


# A key that will not do does not matter where nobody has to sign in.
@pytest.mark.parametrize("token", ["nonsense", "a" * 10 + "-" + "b" * 22])
def test_a_public_route_ignores_a_bad_key(alice: User, token: str) -> None:
    stranger = Api(token)
    for path in ("", "/buildinfo", "/users/authmethods", "/users/first"):
        assert stranger.get(path).status_code == 200
    assert stranger.get("/users/me").status_code == 401


def test_the_root_greets(anonymous: Api) -> None:
    assert document(anonymous.get("")) == {"message": "👋"}
    assert document(anonymous.get("/")) == {"message": "👋"}


@pytest.mark.parametrize("name", ["first", "authmethods", "login", "logout", "validate-password"])
def test_a_static_segment_wins_over_a_person(as_owner: Api, name: str) -> None:
    for answer in (as_owner.get(f"/users/{name}"), as_owner("PATCH", f"/users/{name}")):
        if answer.content:
            assert "must be an existing" not in answer.content.decode()


def _routes(resolver: URLResolver, prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for pattern in resolver.url_patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _routes(pattern, text)
        elif isinstance(pattern, URLPattern):
            found.append((text, pattern.callback))
    return found


# accounts.md T070, T200: whatever is not declared public asks for a key before anything else.
@pytest.mark.parametrize("body", [b"", b"{}", b"not json"])
def test_every_route_that_is_not_public_refuses_nobody_in_particular(db: None, body: bytes) -> None:
    checked = 0
    for _, view in _routes(get_resolver()):
        cls = getattr(view, "cls", None)
        if cls is None or not hasattr(cls, "access"):
            continue
        for method, action in list(view.actions.items()):
            if type(cls.access[action]).__name__ == "Public":
                continue
            request = Client().generic(method.upper(), "/x", body).wsgi_request
            response = view(request, **dict.fromkeys(("user", "name", "key", "organization"), "me"))
            assert response.status_code == 401, (cls, action)
            checked += 1
    assert checked >= 12
