"""The requests that Coder's command line sends, command by command (accounts.md A).

Written from the description, to the letter: which requests in which order, with which headers, and
which statuses and fields a command insists on. What a command refuses is a `CliError`.
"""

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPMessage
from typing import Any
from urllib.parse import quote
from uuid import UUID

TELEMETRY = base64.b64encode(b'{"command":"coder","options":[{"name":"url"}]}').decode()
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
DAY = 86_400 * 10**9


class CliError(Exception):
    """What the command line prints instead of a result."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: HTTPMessage
    text: str

    @property
    def document(self) -> Any:
        return json.loads(self.text)


@dataclass
class Cli:
    """One configuration directory of the command line: a server, and a session if signed in."""

    port: int
    session: str = ""
    version: str = "v2.27.0"
    sent: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Answer:
        """Send one request below `/api/v2`, with the headers that each one has."""
        headers = {
            "User-Agent": "Go-http-client/1.1",
            "Accept-Encoding": "gzip",
            "Coder-Session-Token": self.session if token is None else token,
            "Coder-CLI-Telemetry": TELEMETRY,
        }
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=40)
        connection.request(method, f"/api/v2{path}", content, headers)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read().decode())
        connection.close()
        self.sent.append(f"{method} {path}")
        if len(self.sent) == 1:
            self._compare_versions(answer)
        return answer

    def _compare_versions(self, answer: Answer) -> None:
        """Ask for the build if the first answer is of another version; only ever a warning."""
        theirs = answer.headers.get("X-Coder-Build-Version", "")
        if theirs and _minor(theirs) != _minor(self.version):
            build = self.expect(self.ask("GET", "/buildinfo", token=""), 200).document
            _texts(build, "version", "dashboard_url", "external_url")

    def expect(self, answer: Answer, *statuses: int) -> Answer:
        """Return the answer if its status is one that the command insists on."""
        if answer.status in statuses:
            return answer
        kind = answer.headers.get("Content-Type", "")
        assert kind.startswith("application/json"), f"unexpected non-JSON response {kind!r}"
        error = answer.document
        told = [error["message"], error.get("detail", "")]
        told += [f"{one['field']}: {one['detail']}" for one in error.get("validations", [])]
        if answer.status == 401:
            told.append("Try logging in using 'coder login'.")
        raise CliError("\n".join(filter(None, told)))

    def result(self, method: str, path: str, *statuses: int, body: Any = None) -> Any:
        return self.expect(self.ask(method, path, body), *statuses).document

    # coder login

    def has_first_user(self) -> bool:
        answer = self.ask("GET", "/users/first")
        if "X-Coder-Build-Version" not in answer.headers:
            raise CliError("is the URL correct? The server sent no Coder version")
        return self.expect(answer, 200, 404).status == 200

    def login_first_user(self, *, email: str, username: str, password: str, name: str = "") -> Any:
        if self.has_first_user():
            raise CliError("There is a first user already.")
        body = {
            "email": email,
            "username": username,
            "name": name,
            "password": password,
            "trial": False,
            "trial_info": {"first_name": "", "developers": ""},
        }
        made = self.result("POST", "/users/first", 201, body=body)
        _ids(made, "user_id", "organization_id")
        credentials = {"email": email, "password": password}
        self.session = self.result("POST", "/users/login", 201, body=credentials)["session_token"]
        return self.whoami()

    def login_with_token(self, token: str, *, as_session: bool = False) -> Any:
        """`--token`, and with `as_session` also `--use-token-as-session`."""
        if not self.has_first_user():
            raise CliError("There is no user yet, and nobody to ask for one.")
        self.session = token
        if not as_session:
            self.session = self.result("POST", "/users/me/keys", 200, 201)["key"]
        return self.whoami()

    def login_by_pasting(self, *pasted: str) -> Any:
        """Open `/cli-auth` and paste what it shows; each paste is tried at once."""
        if not self.has_first_user():
            raise CliError("There is no user yet, and nobody to ask for one.")
        for token in pasted:
            if self.ask("GET", "/users/me", token=token).status == 200:
                self.session = token
                return self.whoami()
        raise CliError("That's not a valid token!")

    def logout(self) -> None:
        self.ask("POST", "/users/logout")
        self.session = ""

    def whoami(self) -> Any:
        return user_of(self.result("GET", "/users/me", 200))

    # coder tokens

    def tokens_create(
        self, user: str = "me", *, name: str = "", lifetime: int = 0, **later: list[str]
    ) -> str:
        """`later` is what the January version adds for `--scope` and `--allow`."""
        config = self.result("GET", f"/users/{user}/keys/tokens/tokenconfig", 200)
        body = {
            "lifetime": lifetime or config["max_token_lifetime"],
            "scope": "",
            "token_name": name,
            **later,
        }
        made = self.result("POST", f"/users/{user}/keys/tokens", 200, 201, body=body)
        return str(made["key"])

    def tokens_list(self, *, everybody: bool = False) -> list[Any]:
        flag = "true" if everybody else "false"
        found = self.result("GET", f"/users/me/keys/tokens?include_all={flag}", 200)
        for token in found:
            key_of(token)
            _texts(token, "username")
        return list(found)

    def tokens_view(self, reference: str) -> Any:
        answer = self.ask("GET", f"/users/me/keys/tokens/{quote(reference)}")
        if answer.status > 201:
            identifier = reference.partition("-")[0]
            answer = self.ask("GET", f"/users/me/keys/{identifier}")
        return key_of(self.expect(answer, 200, 201).document)

    def tokens_remove(self, reference: str) -> None:
        key = self.tokens_view(reference)
        self.expect(self.ask("DELETE", f"/users/me/keys/{key['id']}"), 200, 204)

    # coder users

    def users_create(
        self, *, username: str, email: str, password: str = "", name: str = "", **more: Any
    ) -> Any:
        (organization, *_) = self.own_organizations()
        body = {
            "email": email,
            "username": username,
            "name": name,
            "password": password,
            "login_type": "password" if password else "none",
            "user_status": None,
            "organization_ids": [organization["id"]],
            **more,
        }
        return user_of(self.result("POST", "/users", 201, body=body))

    def users_list(self, *, github_user_id: int = 0) -> list[Any]:
        query = f"github_com_user_id%3A{github_user_id}" if github_user_id else ""
        page = self.result("GET", f"/users?q={query}", 200)
        assert isinstance(page["count"], int)
        return [user_of(user) for user in page["users"]]

    def users_show(self, reference: str) -> tuple[Any, list[Any]]:
        user = self.user(reference)
        paths = [f"/organizations/{identifier}" for identifier in user["organization_ids"]]
        return user, [organization_of(self.result("GET", path, 200)) for path in paths]

    def users_delete(self, reference: str) -> None:
        user = self.user(reference)
        self.expect(self.ask("DELETE", f"/users/{user['id']}"), 200, 204)

    def users_suspend(self, reference: str) -> Any:
        return self._set_status(reference, "suspend", "suspended")

    def users_activate(self, reference: str) -> Any:
        return self._set_status(reference, "activate", "active")

    def _set_status(self, reference: str, verb: str, status: str) -> Any:
        user = self.user(reference)
        if user["status"] == status:
            return user
        return user_of(self.result("PUT", f"/users/{user['id']}/status/{verb}", 200))

    def users_edit_roles(self, reference: str, *roles: str) -> Any:
        username = self.user(reference)["username"]
        held = self.result("GET", f"/users/{username}/roles", 200)
        assert isinstance(held["roles"], list)
        assert isinstance(held["organization_roles"], dict)
        for role in self.result("GET", "/users/roles", 200):
            role_of(role)
        body = {"roles": list(roles)}
        return user_of(self.result("PUT", f"/users/{username}/roles", 200, body=body))

    def user(self, reference: str) -> Any:
        try:
            return user_of(self.result("GET", f"/users/{quote(reference)}", 200))
        except CliError as error:
            raise CliError(f"fetch user: {error}") from error

    # coder organizations

    def own_organizations(self) -> list[Any]:
        found = self.result("GET", "/users/me/organizations", 200)
        return [organization_of(row) for row in found]

    def organizations_show(self, name: str = "") -> Any:
        """Show the one that is named; without a name, the only one somebody has."""
        found = self.own_organizations()
        if not name and len(found) != 1:
            raise CliError("Say which organization.")
        for organization in found:
            if not name or name in (organization["name"], organization["id"]):
                return organization
        return organization_of(self.result("GET", f"/organizations/{quote(name)}", 200))

    def members_list(self, organization: str = "") -> list[Any]:
        # The slash at the end is the command line's own.
        found = self.result("GET", f"{self._organization(organization)}/members/", 200)
        for member in found:
            member_of(member)
            _texts(member, "username", "email")
        return list(found)

    def members_add(self, user: str, organization: str = "") -> Any:
        path = f"{self._organization(organization)}/members/{quote(user)}"
        return member_of(self.result("POST", path, 200))

    def members_remove(self, user: str, organization: str = "") -> None:
        path = f"{self._organization(organization)}/members/{quote(user)}"
        self.expect(self.ask("DELETE", path), 204)

    def members_edit_roles(self, user: str, *roles: str, organization: str = "") -> Any:
        path = f"{self._organization(organization)}/members/{quote(user)}/roles"
        return member_of(self.result("PUT", path, 200, body={"roles": list(roles)}))

    def roles_show(self, organization: str = "") -> list[Any]:
        found = self.result("GET", f"{self._organization(organization)}/members/roles", 200)
        return [role_of(role) for role in found]

    def roles_create(self, name: str, *permissions: str, organization: str = "") -> Any:
        return self._write_role("POST", name, permissions, organization)

    def roles_update(self, name: str, *permissions: str, organization: str = "") -> Any:
        return self._write_role("PUT", name, permissions, organization)

    def _write_role(
        self, method: str, name: str, permissions: Collection[str], organization: str
    ) -> Any:
        path = f"{self._organization(organization)}/members/roles"
        known = [role_of(role)["name"] for role in self.result("GET", path, 200)]
        if (name in known) is not (method == "PUT"):
            raise CliError(f"The role {name} is {'not ' if method == 'PUT' else ''}there.")
        pairs = [permission.split(":") for permission in permissions]
        granted = [
            {"negate": False, "resource_type": resource, "action": action}
            for resource, action in pairs
        ]
        body = {
            "name": name,
            "display_name": "",
            "site_permissions": None,
            "organization_permissions": granted,
            "user_permissions": None,
        }
        return self.result(method, path, 200, body=body)

    def _organization(self, name: str) -> str:
        return f"/organizations/{self.organizations_show(name)['id']}"


def _minor(version: str) -> list[str]:
    return version.lstrip("v").split(".")[:2]


def _ids(document: Mapping[str, Any], *names: str) -> None:
    for name in names:
        UUID(document[name])


def _texts(document: Mapping[str, Any], *names: str) -> None:
    for name in names:
        assert isinstance(document[name], str), name


def _times(document: Mapping[str, Any], *names: str) -> None:
    for name in names:
        assert RFC3339.fullmatch(document[name]), document[name]
        datetime.fromisoformat(document[name])


def user_of(document: Any) -> Any:
    """Read a user as strictly as the command line does."""
    _ids(document, "id")
    _texts(document, "username", "email", "status", "login_type")
    _times(document, "created_at", "updated_at", "last_seen_at")
    for identifier in document["organization_ids"]:
        UUID(identifier)
    for role in document["roles"]:
        _texts(role, "name", "display_name")
    return document


def key_of(document: Any) -> Any:
    _texts(document, "id", "token_name", "login_type", "scope")
    _ids(document, "user_id")
    _times(document, "last_used", "expires_at", "created_at", "updated_at")
    assert isinstance(document["lifetime_seconds"], int)
    assert document["scopes"]
    assert all(entry.count(":") == 1 for entry in document["allow_list"])
    return document


def organization_of(document: Any) -> Any:
    _ids(document, "id")
    _texts(document, "name", "display_name", "description", "icon")
    _times(document, "created_at", "updated_at")
    assert isinstance(document["is_default"], bool)
    return document


def member_of(document: Any) -> Any:
    _ids(document, "user_id", "organization_id")
    _times(document, "created_at", "updated_at")
    for role in document["roles"]:
        _texts(role, "name", "display_name")
    return document


def role_of(document: Any) -> Any:
    _texts(document, "name", "display_name")
    assert isinstance(document["assignable"], bool)
    assert isinstance(document["built_in"], bool)
    for name in ("site_permissions", "organization_permissions", "user_permissions"):
        for permission in document[name]:
            _texts(permission, "resource_type", "action")
            assert isinstance(permission["negate"], bool)
    return document
