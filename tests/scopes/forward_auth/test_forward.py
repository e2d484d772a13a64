"""`/api/v2/auth/forward`: what reverse proxies ask, and the only answers that they know."""

import logging
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from coderauth.http.csrf import SESSION_COOKIE
from scopes.forward_auth.rules import read_rules
from scopes.models import Key
from scopes.organizations.selectors import default_organization
from tests.pages import visitor
from tests.people import make_key, signed_in
from tests.scopes.keyring import token
from tests.scopes.registry import store

PATH = "/api/v2/auth/forward"
ASK = "?resource_type=organization&action=create"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
RULES = """
[[rules]]
name = "deploy"
hosts = ["app.example.org"]
paths = ["/deploy/*"]
methods = ["POST"]
needs = "organization:create"

[[rules]]
name = "scoped"
paths = ["/scoped"]
scope = "workspace:read"

[[rules]]
name = "open"
paths = ["/open/*", "/open"]
"""


def ask(
    secret: str = "", query: str = "", *, below: str = "", method: str = "GET", cookie: str = "",
    address: str = "127.0.0.1", **headers: str,
) -> Any:  # fmt: skip
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if secret:
        sent["Authorization"] = f"Bearer {secret}"
    client = Client(enforce_csrf_checks=True, REMOTE_ADDR=address)
    if cookie:
        client.cookies[SESSION_COOKIE] = cookie
    return client.generic(
        method, f"{PATH}{below}{query}", b"x" if method == "POST" else b"", headers=sent
    )


@pytest.fixture
def rules(settings: Settings) -> None:
    settings.FORWARD_AUTH_RULES = read_rules(RULES)


@pytest.fixture
def proxy(settings: Settings) -> str:
    settings.PROXY_TRUSTED_ORIGINS = [ip_network("10.0.0.0/8")]
    return "10.0.0.1"


def told(host: str = "app.example.org", uri: str = "/open", method: str = "GET") -> dict[str, str]:
    return {"X_Forwarded_Method": method, "X_Forwarded_Host": host, "X_Forwarded_Uri": uri}


def test_whoever_may_is_let_on_with_who_they_are(owner: User) -> None:
    secret = token(signed_in(owner), scopes=["organization:*"])
    Key.objects.filter(pk=secret[:10]).update(scopes=["coder:all"])

    answer = ask(secret, ASK)

    assert answer.status_code == 200
    told = {
        name: answer[f"X-Auth-{name}"] for name in ("User", "User-Id", "Email", "Roles", "Key-Id")
    }
    assert told == {
        "User": "owner", "User-Id": str(owner.pk), "Email": owner.email, "Roles": "owner",
        "Key-Id": secret[:10],
    }  # fmt: skip
    assert answer["X-Auth-Organizations"] == str(default_organization().pk)
    assert answer["X-Auth-Scopes"] == "coder:all"
    assert answer["Cache-Control"] == "no-store"
    assert answer.cookies == {}


def test_whoever_may_not_is_told_what_is_missing(alice: User) -> None:
    answer = ask(make_key(alice), ASK)

    assert answer.status_code == 403
    assert answer.json()["detail"] == "This request needs organization:create."
    assert answer["WWW-Authenticate"].endswith('scope="organization:create"')


@pytest.mark.parametrize("below", ["", "/x"])
def test_nobody_is_401(db: None, rules: None, below: str) -> None:
    assert ask("", ASK, below=below).status_code == 401
    assert ask("0123456789-0123456789012345678901", ASK, below=below).status_code == 401
    assert ask("nonsense", ASK, below=below).status_code == 401


def test_without_a_query_being_signed_in_suffices(alice: User) -> None:
    assert ask(make_key(alice)).status_code == 200
    User.objects.filter(pk=alice.pk).update(status="suspended")
    assert ask(make_key(alice)).status_code == 401


# Every header is set, so that a proxy never passes on what the client sent under its name.
def test_each_header_is_set_also_when_empty(alice: User) -> None:
    answer = ask(make_key(alice))

    assert answer["X-Auth-Roles"] == ""
    assert all(
        answer.has_header(f"X-Auth-{name}")
        for name in ("User", "User-Id", "Email", "Roles", "Organizations", "Scopes", "Key-Id")
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_any_method_is_taken_without_a_proof(alice: User, method: str) -> None:
    cookie = make_key(alice)
    foreign = {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"}

    assert ask(method=method, cookie=cookie, **foreign).status_code == 200
    assert ask(method=method, **foreign).status_code == 401


def test_a_preflight_is_not_let_on_for_an_origin_of_the_api(db: None, settings: Settings) -> None:
    preflight = {"Origin": "https://app.example.org", "Access_Control_Request_Method": "GET"}

    assert ask(method="OPTIONS", **preflight).status_code == 401


def test_a_key_decides_over_a_cookie(alice: User, owner: User) -> None:
    cookie = make_key(owner)

    assert ask(cookie=cookie)["X-Auth-User"] == "owner"
    assert ask(make_key(alice), cookie=cookie)["X-Auth-User"] == "alice"
    assert ask("0123456789-0123456789012345678901", cookie=cookie).status_code == 401


def test_a_narrowed_key_without_user_read_is_taken(alice: User) -> None:
    secret = token(signed_in(alice), scopes=["workspace:read"])

    query = f"?resource_type=workspace&action=read&owner_id={alice.pk}"
    assert ask(secret, query).status_code == 200
    assert ask(secret, query.replace("=read", "=stop")).status_code == 403


def test_the_answer_is_that_of_authcheck_for_an_object(alice: User, mallory: User) -> None:
    row = store("workspace", owner=alice)
    query = f"?resource_type=workspace&action=ssh&resource_id={row.object_id}"

    assert ask(make_key(alice), query).status_code == 200
    assert ask(make_key(mallory), query).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "?resource_type=workspace", "?action=read", "?resource_type=fly&action=read",
        "?resource_type=workspace&action=fly", "?rule=nobody", "?unknown=1",
        "?resource_type=workspace&action=read&resource_id=x", "?rule=open&action=read",
    ],
)  # fmt: skip
def test_a_wrong_query_is_403_and_logged(
    owner: User, rules: None, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert ask(make_key(owner), query).status_code == 403
    assert "Forward auth refuses because" in caplog.text
    assert ask("", query).status_code == 401


def test_never_too_many(alice: User, settings: Settings) -> None:
    settings.API_RATE_LIMIT = 1
    settings.KEY_GUESS_LIMIT = 1
    secret = make_key(alice)

    assert {ask(secret).status_code for _ in range(5)} == {200}
    assert {ask("0123456789-0123456789012345678901").status_code for _ in range(5)} == {401}


def test_a_browser_is_led_to_sign_in_only_where_it_is_configured(
    db: None, settings: Settings, proxy: str
) -> None:
    settings.FORWARD_AUTH_HOSTS = ["app.example.org"]
    headers = {**BROWSER, **told(uri="/x?y=1"), "X_Forwarded_Proto": "http"}

    answer = ask("", "?redirect=login", address=proxy, **headers)

    assert answer.status_code == 302
    assert answer["Location"] == (
        f"{settings.ACCESS_URL}/login?next=http%3A%2F%2Fapp.example.org%2Fx%3Fy%3D1"
    )
    assert ask("", "", address=proxy, **headers).status_code == 401
    assert ask("", "?redirect=login", address=proxy, Accept="*/*").status_code == 401
    foreign = {**headers, "X_Forwarded_Host": "evil.example"}
    bare = ask("", "?redirect=login", address=proxy, **foreign)
    assert bare["Location"] == f"{settings.ACCESS_URL}/login"


def test_signing_in_leads_back_to_named_hosts_only(alice: User, settings: Settings) -> None:
    settings.FORWARD_AUTH_HOSTS = ["app.example.org"]
    client = visitor(alice)

    assert client.get("/login?next=http://app.example.org/x").url == "http://app.example.org/x"
    for foreign in (
        "http://evil.example/",
        "http://app.example.org.evil.example/",
        "//app.example.org@evil.example",
        "http:evil.example",
    ):
        assert client.get("/login", {"next": foreign}).url == "/", foreign


@pytest.mark.parametrize(
    ("uri", "method", "status"),
    [
        ("/deploy/x", "POST", 403),
        ("/deploy/x", "GET", 403),
        ("/open", "GET", 200),
        ("/open/a/b?c=d", "DELETE", 200),
        ("/elsewhere", "GET", 403),
        ("/open/../deploy/x", "POST", 403),
        ("/open//x", "GET", 403),
        ("/open/%2e%2e/deploy/x", "POST", 403),
        ("/open/%2Fx", "GET", 403),
        ("/open/a%5cb", "GET", 403),
    ],
)
def test_rules_decide_by_the_word_of_a_trusted_proxy(
    alice: User, rules: None, proxy: str, uri: str, method: str, status: int
) -> None:
    secret = make_key(alice)

    assert ask(secret, address=proxy, **told(uri=uri, method=method)).status_code == status


def test_an_owner_passes_the_rule_that_a_member_does_not(
    owner: User, rules: None, proxy: str
) -> None:
    deploy = told(uri="/deploy/x", method="POST")

    assert ask(make_key(owner), address=proxy, **deploy).status_code == 200
    elsewhere = told("other.example.org", "/deploy/x", "POST")
    assert ask(make_key(owner), address=proxy, **elsewhere).status_code == 403


# Anybody could send these headers.
def test_the_word_of_a_stranger_counts_for_nothing(alice: User, rules: None, proxy: str) -> None:
    secret = make_key(alice)

    assert ask(secret, address="192.0.2.1", **told()).status_code == 403
    assert ask(secret, address=proxy, **told()).status_code == 200


def test_nginx_tells_the_request_under_other_names(alice: User, rules: None, proxy: str) -> None:
    original = {"X_Original_Method": "GET", "X_Original_URI": "/open", "Host": "app.example.org"}

    assert ask(make_key(alice), address=proxy, **original).status_code == 200


def test_below_the_endpoint_only_the_rules_decide(
    alice: User, rules: None, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    secret = make_key(alice)

    assert ask(secret, below="/open").status_code == 200
    assert ask(secret, "?resource_type=user&action=read", below="/deploy/x").status_code == 403
    assert ask(secret, "?redirect=login", below="/open", **BROWSER).status_code == 200
    assert ask("", "?redirect=login", below="/open", **BROWSER).status_code == 401
    settings.FORWARD_AUTH_RULES = []
    assert ask(secret, below="/open").status_code == 403
    assert "needs CODERAUTH_FORWARD_AUTH_RULES" in caplog.text


def test_a_rule_may_want_a_scope_of_the_key(alice: User, rules: None) -> None:
    narrow = token(signed_in(alice), scopes=["user:read"])

    assert ask(narrow, "?rule=scoped").status_code == 403
    assert ask(token(signed_in(alice), scopes=["workspace:*"]), "?rule=scoped").status_code == 200


def test_one_statement_answers(alice: User, django_assert_num_queries: Any) -> None:
    secret = make_key(alice)
    ask(secret)
    with django_assert_num_queries(1):
        assert ask(secret, ASK).status_code == 403


def test_an_unusual_address_is_told_as_utf8(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(email="jürgen@example.test")

    assert ask(make_key(alice))["X-Auth-Email"] == "jürgen@example.test".encode().decode("latin-1")
