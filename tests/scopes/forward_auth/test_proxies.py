"""Four real proxies, as deploy/proxies configures them, ask a real server before they let go on."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.people import PASSWORD
from tests.places import ROOT
from tests.processes import Installation, installation
from tests.prompt import Prompt
from tests.reverse_proxies import caddy, envoy, nginx, traefik
from tests.servers import free_port
from tests.threads import start
from tests.waiting import PATIENCE, until

HOST = "app.example.org"
EXAMPLES = ROOT / "deploy" / "proxies"
OWNER = {"email": "owner@example.test", "username": "owner", "password": PASSWORD}
RULES = """
[[rules]]
name = "application"
hosts = ["app.example.org"]
needs = "workspace:read"
"""
FORGED = {"X-Auth-User": "owner", "X-Auth-Roles": "owner", "X-Auth-Scopes": "coder:all"}


class Application(ThreadingHTTPServer):
    """Answers with what reached it."""

    daemon_threads = True

    def __init__(self) -> None:
        self.reached = 0
        super().__init__(("127.0.0.1", 0), Echo)


class Echo(Prompt, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Application

    def answer(self) -> None:
        self.server.reached += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told = {name.lower(): value for name, value in self.headers.items()}
        said = {"method": self.command, "path": self.path, "body": body.decode(), "headers": told}
        text = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = answer  # noqa: N815 (the base class calls it so)
    do_POST = answer  # noqa: N815 (the same)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    server = Application()
    start(lambda: server.serve_forever(0.02))
    yield server
    server.shutdown()
    server.server_close()


@dataclass
class Service:
    """The server that proxies ask, and the keys of people by what they may."""

    port: int
    keys: dict[str, str] = field(default_factory=dict)

    def call(self, path: str, body: Any, key: str = "") -> Any:
        address = f"http://127.0.0.1:{self.port}/api/v2{path}"
        sent = {"Coder-Session-Token": key} if key else {}
        answer = httpx2.post(address, json=body, headers=sent, timeout=PATIENCE)
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def service(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "rules.toml").write_text(RULES)
    with installation(folder, template) as made:
        made.environment |= {
            "CODERAUTH_FORWARD_AUTH_RULES": str(folder / "rules.toml"),
            "CODERAUTH_PROXY_TRUSTED_ORIGINS": "127.0.0.1",
            "CODERAUTH_PROXY_TRUSTED_HEADERS": "X-Forwarded-For",
        }
        with made.start("serve", "--no-worker") as server:
            server.wait_for("is ready at")
            ready = Service(made.port)
            joined = ready.call("/users/first", OWNER)
            owner = ready.call("/users/login", OWNER)["session_token"]
            person = {
                "email": "alice@example.test",
                "username": "alice",
                "password": PASSWORD,
                "organization_ids": [joined["organization_id"]],
            }
            ready.call("/users", person, owner)
            tokens = "/users/me/keys/tokens"
            ready.keys = {
                "owner": owner,
                "member": ready.call("/users/login", person)["session_token"],
                "narrowed": ready.call(tokens, {"scopes": ["workspace:read"]}, owner)["key"],
                "narrowed to else": ready.call(tokens, {"scopes": ["user:read"]}, owner)["key"],
            }
            yield ready


Start = Callable[[Path, int, int, int], AbstractContextManager[None]]


def _nginx(folder: Path, port: int, service: int, application: int) -> AbstractContextManager[None]:
    text = _example("nginx.conf", service, application)
    return nginx(folder, port, text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};"))


def _caddy(folder: Path, port: int, service: int, application: int) -> AbstractContextManager[None]:
    text = _example("Caddyfile", service, application)
    site = text.replace(f"{HOST} {{", f"http://{HOST}:{port} {{\n\tbind 127.0.0.1")
    return caddy(folder, port, site)


@contextmanager
def _traefik(folder: Path, port: int, service: int, application: int) -> Iterator[None]:
    with traefik(folder, port, _example("traefik.yaml", service, application)):
        # Its routes are there a moment after its port.
        until(
            lambda: (
                httpx2.get(f"http://127.0.0.1:{port}/", headers={"Host": HOST}).text
                != "404 page not found\n"
            )
        )
        yield


def _envoy(folder: Path, port: int, service: int, application: int) -> AbstractContextManager[None]:
    filters = [yaml.safe_load(_example("envoy.yaml", service, application))]
    return envoy(folder, port, filters, {"coderauth": service, "application": application})


def _example(name: str, service: int, application: int) -> str:
    text = (EXAMPLES / name).read_text()
    assert "127.0.0.1:3000" in text
    return text.replace("127.0.0.1:3000", f"127.0.0.1:{service}").replace(
        "127.0.0.1:8080", f"127.0.0.1:{application}"
    )


PROXIES: dict[str, Start] = {
    "nginx": _nginx, "Caddy": _caddy, "Traefik": _traefik, "Envoy": _envoy,
}  # fmt: skip


@dataclass
class Proxy:
    name: str
    url: str

    def ask(self, key: str = "", *, body: str | None = None, **headers: str) -> httpx2.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Host": HOST} | ({"Authorization": f"Bearer {key}"} if key else {})
        method = "GET" if body is None else "POST"
        return httpx2.request(
            method, f"{self.url}/a/b?c=d", content=body, headers=sent, timeout=PATIENCE
        )


@pytest.fixture(scope="module", params=PROXIES)
def proxy(
    request: pytest.FixtureRequest,
    service: Service,
    application: Application,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    with PROXIES[request.param](folder, port, service.port, application.server_address[1]):
        yield Proxy(request.param, f"http://127.0.0.1:{port}")


@pytest.mark.parametrize("who", ["owner", "narrowed"])
def test_who_may_goes_on_and_the_application_learns_who_it_is(
    proxy: Proxy, service: Service, who: str
) -> None:
    answer = proxy.ask(service.keys[who])
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["method"], said["path"]) == ("GET", "/a/b?c=d")
    assert said["headers"]["x-auth-user"] == "owner"


def test_a_body_reaches_the_application(proxy: Proxy, service: Service) -> None:
    answer = proxy.ask(service.keys["owner"], body="what is sent")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["method"], answer.json()["body"]) == ("POST", "what is sent")


def test_a_cookie_is_as_good_as_a_key(proxy: Proxy, service: Service) -> None:
    cookie = f"coder_session_token={service.keys['owner']}"
    assert proxy.ask(Cookie=cookie).json()["headers"]["x-auth-user"] == "owner"


@pytest.mark.parametrize("who", ["member", "narrowed to else"])
def test_who_may_not_is_refused(
    proxy: Proxy, service: Service, application: Application, who: str
) -> None:
    before = application.reached
    assert proxy.ask(service.keys[who]).status_code == 403
    assert proxy.ask(service.keys[who], body="x").status_code == 403
    assert application.reached == before


def test_nobody_is_refused_or_led_to_sign_in(proxy: Proxy, application: Application) -> None:
    before = application.reached
    program, browser = proxy.ask(), proxy.ask(Accept="text/html")
    # nginx leads everybody there; Envoy's example has no page to lead to.
    assert program.status_code == (302 if proxy.name == "nginx" else 401)
    assert browser.status_code == (401 if proxy.name == "Envoy" else 302)
    if browser.status_code == 302:
        assert "/login" in browser.headers["Location"]
    assert application.reached == before


def test_a_revoked_key_is_refused_at_the_next_request(proxy: Proxy, service: Service) -> None:
    key = service.call("/users/me/keys", {}, service.keys["owner"])["key"]
    assert proxy.ask(key).status_code == 200
    ended = httpx2.post(
        f"http://127.0.0.1:{service.port}/api/v2/users/logout",
        headers={"Coder-Session-Token": key},
    )
    assert ended.status_code == 200, ended.text
    assert proxy.ask(key).status_code in {401, 302}


def test_what_a_client_says_of_itself_counts_for_nothing(
    proxy: Proxy, service: Service, application: Application
) -> None:
    narrowed = proxy.ask(service.keys["narrowed"], **FORGED).json()["headers"]
    assert narrowed["x-auth-user"] == "owner"
    if proxy.name != "nginx":  # Its example passes on the user alone.
        assert narrowed["x-auth-scopes"] == "workspace:read"
    before = application.reached
    assert proxy.ask(service.keys["member"], **FORGED).status_code == 403
    other = {"X_Forwarded_Method": "OPTIONS", "X_Original_URI": "/", "X_Forwarded_Uri": "/"}
    assert proxy.ask(service.keys["member"], **other).status_code == 403
    assert application.reached == before


@pytest.mark.parametrize("name", PROXIES)
def test_nothing_goes_on_while_nobody_can_be_asked(
    name: str, application: Application, tmp_path: Path
) -> None:
    before, port = application.reached, free_port()
    with PROXIES[name](tmp_path, port, free_port(), application.server_address[1]):
        answer = Proxy(name, f"http://127.0.0.1:{port}").ask("0123456789-0123456789012345678901")
    assert answer.status_code in {403, 500, 502, 503}
    assert application.reached == before
