"""A real HTTP server in a thread that speaks GitHub, or goes wrong in a chosen way.

Like a GitHub Enterprise server, it has its API below `/api/v3`.
"""

import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from accounts.providers.github_configuration import GithubConfig, read_github
from coderauth.env import Environment
from tests.prompt import Prompt
from tests.waiting import PATIENCE

API = "/api/v3"
CLIENT_ID, CLIENT_SECRET = "Iv1.coderauth", "github-client-secret"


@dataclass
class GithubPerson:
    """Somebody at GitHub; states of memberships are `active` or `pending`."""

    id: Any = 583231
    login: str = "octocat"
    name: Any = "The Octocat"
    avatar_url: Any = "https://avatars.example.test/u/583231"
    emails: list[dict[str, Any]] = field(
        default_factory=lambda: [address("octocat@example.test")],
    )
    organizations: dict[str, str] = field(default_factory=lambda: {"Acme": "active"})
    teams: dict[str, str] = field(default_factory=dict)


def address(email: str, *, primary: bool = True, verified: bool = True) -> dict[str, Any]:
    return {"email": email, "primary": primary, "verified": verified, "visibility": None}


@dataclass
class Device:
    """A device code; `person` is who typed its user code."""

    user_code: str
    person: GithubPerson | None = None
    refusal: str = "authorization_pending"
    interval: int = 5
    polled_at: float = 0.0


# Answers in a request's stead; by path below the server's address.
Trouble = Callable[["Handler"], None]


@dataclass
class GithubServer:
    """Who is signed in at GitHub in the browser, what was asked, and how the server behaves.

    `interval` is that of device codes, in seconds; with 0, nobody polls too fast.
    """

    url: str = ""
    person: GithubPerson = field(default_factory=GithubPerson)
    expires: bool = False
    page_size: int = 100
    interval: int = 5
    trouble: dict[str, Trouble] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    codes: dict[str, tuple[GithubPerson, str, str]] = field(default_factory=dict)
    tokens: dict[str, GithubPerson] = field(default_factory=dict)
    renewals: dict[str, GithubPerson] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)

    def secret(self, prefix: str) -> str:
        made = prefix + secrets.token_hex(18)
        self.secrets.append(made)
        return made

    def authorize(self, query: dict[str, str]) -> str:
        """Return where GitHub leads a browser whose person has agreed."""
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        code = self.secret("")
        self.codes[code] = (self.person, query["code_challenge"], query["redirect_uri"])
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, form: dict[str, str]) -> dict[str, Any]:
        """Answer a token request; refusals are answered with 200 as well."""
        grant = form.get("grant_type", "authorization_code")
        if form.get("client_id") != CLIENT_ID:
            return {"error": "incorrect_client_credentials"}
        if grant.endswith("device_code"):
            return self._poll(form.get("device_code", ""))
        if form.get("client_secret") != CLIENT_SECRET:
            return {"error": "incorrect_client_credentials"}
        if grant == "refresh_token":
            person = self.renewals.pop(form.get("refresh_token", ""), None)
            return self._issue(person) if person else {"error": "bad_refresh_token"}
        return self._redeem(form)

    def approve(self, user_code: str) -> None:
        """Have the person type a user code and agree."""
        device = next(one for one in self.devices.values() if one.user_code == user_code)
        device.person = self.person

    def begin_device(self, form: dict[str, str]) -> dict[str, Any]:
        assert form["client_id"] == CLIENT_ID
        code = self.secret("")
        user_code = f"WDJB-{secrets.randbelow(9000) + 1000}"
        self.devices[code] = Device(user_code, interval=self.interval)
        return {
            "device_code": code,
            "user_code": user_code,
            "verification_uri": f"{self.url}/login/device",
            "expires_in": 899,
            "interval": self.interval or 1,
        }

    def _redeem(self, form: dict[str, str]) -> dict[str, Any]:
        person, challenge, redirect_uri = self.codes.pop(form.get("code", ""), (None, "", ""))
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        if person is None or urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
            # A provider that quotes what it refuses: it must not be passed on.
            return {"error": "bad_verification_code", "error_description": form.get("code", "")}
        if form.get("redirect_uri") != redirect_uri:
            return {"error": "redirect_uri_mismatch"}
        return self._issue(person)

    def _poll(self, code: str) -> dict[str, Any]:
        device = self.devices.get(code)
        if device is None:
            return {"error": "incorrect_device_code"}
        now = time.monotonic()
        too_soon, device.polled_at = now - device.polled_at < device.interval, now
        if too_soon:
            device.interval += 5
            return {"error": "slow_down", "interval": device.interval}
        if device.person is None:
            return {"error": device.refusal, "error_description": code}
        del self.devices[code]
        return self._issue(device.person)

    def _issue(self, person: GithubPerson) -> dict[str, Any]:
        token = self.secret("gho_")
        self.tokens[token] = person
        answer = {"access_token": token, "scope": "read:org,user:email", "token_type": "bearer"}
        if not self.expires:
            return answer
        renewal = self.secret("ghr_")
        self.renewals[renewal] = person
        return {**answer, "expires_in": 28800, "refresh_token": renewal}


class Handler(Prompt, BaseHTTPRequestHandler):
    """One request to GitHub."""

    github: GithubServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self._is_troubled():
            return
        if self.route == "/login/oauth/authorize":
            self.send(302, b"", Location=self.github.authorize(self.query))
        elif self.route.startswith(API):
            self._api(self.route.removeprefix(API))
        else:
            self.send(404, b"Not Found")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if self._is_troubled():
            return
        if self.route == "/login/oauth/access_token":
            answer = self.github.exchange(form)
        elif self.route == "/login/device/code":
            answer = self.github.begin_device(form)
        else:
            self.send(404, b"Not Found")
            return
        if self.headers.get("Accept") == "application/json":
            self.answer(answer)
        else:
            self.send(200, urlencode(answer).encode())

    @property
    def route(self) -> str:
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def answer(self, document: Any, status: int = 200, **headers: str) -> None:
        self.send(status, json.dumps(document).encode(), **headers)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its name there)
        """Keep the output of tests clean."""

    def _is_troubled(self) -> bool:
        self.github.asked.append(self.path)
        trouble = self.github.trouble.get(self.route.removeprefix(API))
        if trouble is not None:
            trouble(self)
        return trouble is not None

    def _api(self, path: str) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        person = self.github.tokens.get(token)
        if person is None or not self.headers.get("User-Agent"):
            self.answer({"message": "Bad credentials"}, 401)
        elif path == "/user":
            told = ("id", "login", "name", "avatar_url")
            self.answer({name: getattr(person, name) for name in told})
        elif path == "/user/emails":
            self._page(person.emails)
        elif path == "/user/memberships/orgs":
            self._page(
                [
                    {"state": state, "role": "member", "organization": {"login": name, "id": 1}}
                    for name, state in person.organizations.items()
                    if self.query.get("state") in {None, state}
                ]
            )
        else:
            self._team(path, person)

    def _team(self, path: str, person: GithubPerson) -> None:
        _, _, organization, _, team, _, login = path.split("/")
        state = person.teams.get(f"{organization}/{team}") if login == person.login else None
        if state is None:
            self.answer({"message": "Not Found"}, 404)
        else:
            self.answer({"state": state, "role": "member"})

    def _page(self, rows: list[Any]) -> None:
        size = min(int(self.query.get("per_page", "30")), self.github.page_size)
        page = int(self.query.get("page", "1"))
        part = rows[(page - 1) * size : page * size]
        more = page * size < len(rows)
        link = f'<{self.github.url}{self.route}?page={page + 1}>; rel="next"'
        if more:
            self.answer(part, Link=link)
        else:
            self.answer(part)


def configured(github: GithubServer, **variables: str) -> GithubConfig:
    """Return the configuration that the variables `CODERAUTH_OAUTH2_GITHUB_…` make."""
    values = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "enterprise_base_url": github.url,
        **variables,
    }
    found = read_github(
        Environment(
            {f"CODERAUTH_OAUTH2_GITHUB_{name.upper()}": value for name, value in values.items()}
        )
    )
    assert found is not None
    return found


@contextmanager
def github_server() -> Iterator[GithubServer]:
    github = GithubServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"github": github}))
    github.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield github
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)
