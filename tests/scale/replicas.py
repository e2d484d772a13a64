"""Two real servers on one database, behind a real nginx."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.people import PASSWORD
from tests.processes import Installation, Running
from tests.reverse_proxies import nginx
from tests.servers import free_port
from tests.waiting import PATIENCE

OWNER = {"email": "owner@example.test", "username": "owner", "password": PASSWORD}
# What is not said here is nginx's default: a request is given to the other server only if nothing
# of it was sent, or if sending it twice does no harm.
_UPSTREAM = """
upstream replicas {{
    {servers}
    keepalive 16;
}}
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass http://replicas;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
    }}
}}
"""


@dataclass
class Replicas:
    """The proxy, and what is behind it."""

    url: str
    installations: list[Installation]
    running: list[Running]
    stack: ExitStack
    token: str = ""
    direct: list[httpx2.Client] = field(default_factory=list)

    def restart(self, number: int) -> None:
        """Stop one as its operator would, and start it again."""
        assert self.running[number].stop() == 0, self.running[number].text
        self.start(number)

    def start(self, number: int) -> None:
        """Start one; only the first has a worker."""
        options = ["--no-worker"] if number else []
        started = self.stack.enter_context(self.installations[number].start("serve", *options))
        self.running[number : number + 1] = [started]
        started.wait_for("is ready at")

    def ask(self, number: int, method: str, path: str, body: Any = None, token: str = "") -> Any:
        """Send a request to one of them, past the proxy, as the owner unless told otherwise."""
        headers = {"Coder-Session-Token": token or self.token}
        address = f"http://127.0.0.1:{self.installations[number].port}"
        where = path if path.endswith("z") else f"/api/v2{path}"
        self.direct[number].cookies.clear()  # A cookie would decide, not the header.
        return self.direct[number].request(method, address + where, json=body, headers=headers)

    def made(self, number: int = 0, **fields: Any) -> tuple[str, str]:
        """Make a token of the owner; return its id and its secret."""
        answer = self.ask(number, "POST", "/users/me/keys/tokens", fields)
        assert answer.status_code == 201, answer.text
        secret: str = answer.json()["key"]
        return secret[:10], secret

    def join(self, username: str) -> None:
        """Make a person in the owner's organization."""
        (organization,) = self.ask(0, "GET", "/users/me").json()["organization_ids"]
        person = {
            "email": f"{username}@example.test",
            "username": username,
            "password": PASSWORD,
            "organization_ids": [organization],
        }
        answer = self.ask(0, "POST", "/users", person)
        assert answer.status_code == 201, answer.text

    @property
    def output(self) -> str:
        return "\n".join(one.text for one in self.running)


@contextmanager
def replicas_of(first: Installation, folder: Path) -> Iterator[Replicas]:
    """Start two servers with these settings, and an owner; all end with the block."""
    port = free_port()
    first.environment |= {
        "CODERAUTH_ACCESS_URL": f"http://127.0.0.1:{port}",
        "CODERAUTH_DANGEROUS_DISABLE_RATE_LIMITS": "false",
        "CODERAUTH_API_RATE_LIMIT": "0",
        "CODERAUTH_PROXY_TRUSTED_HEADERS": "X-Forwarded-For",
        "CODERAUTH_PROXY_TRUSTED_ORIGINS": "127.0.0.1",
    }
    (folder / "other").mkdir()
    second = Installation(folder / "other", dict(first.environment))
    servers = "".join(f"server 127.0.0.1:{one.port} max_fails=0;" for one in (first, second))
    with ExitStack() as stack:
        clients = [stack.enter_context(httpx2.Client(timeout=PATIENCE)) for _ in range(2)]
        url = f"http://127.0.0.1:{port}"
        replicas = Replicas(url, [first, second], [], stack, direct=clients)
        replicas.start(0)
        replicas.start(1)
        assert replicas.ask(0, "POST", "/users/first", OWNER).status_code == 201
        signed_in = replicas.ask(0, "POST", "/users/login", OWNER)
        assert signed_in.status_code == 201, signed_in.text
        replicas.token = signed_in.json()["session_token"]
        stack.enter_context(nginx(folder, port, _UPSTREAM.format(servers=servers, port=port)))
        yield replicas
