"""Every page and every form, with a request that succeeds for those who may make it.

The requests are about alice; `{key}` is the id of her token, `{org}` the name of her organization.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from audit.records import record
from scopes.models import CustomRole, Group, KeyCeiling, KeyJob
from scopes.organizations.selectors import default_organization
from tests.pages import visitor
from tests.people import make_key, make_user
from tests.scopes.registry import store

PRINCIPALS = (
    "owner", "user-admin", "template-admin", "auditor", "org-admin", "org-auditor", "alice",
    "mallory", "owner's user:read", "suspended", "anonymous",
)  # fmt: skip
OBJECT = "8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10"


@dataclass(frozen=True, slots=True)
class PageRow:
    """A request, and the status of its answer for each of PRINCIPALS; one alone is everybody's."""

    method: str
    path: str
    expected: str
    data: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def any_path(self) -> str:
        """Return a path that only the routing can use."""
        path = (
            self.path.replace("{group}", OBJECT).replace("{entry}", OBJECT).replace("{job}", OBJECT)
        )
        return re.sub(r"{\w+}", "x", path).partition("?")[0]

    @property
    def statuses(self) -> dict[str, int]:
        wanted = [int(status) for status in self.expected.split()]
        if len(wanted) == 1:
            wanted *= len(PRINCIPALS)
        return dict(zip(PRINCIPALS, wanted, strict=True))


# Statuses in the order of PRINCIPALS. Whoever is not signed in is sent to sign in (302).
OWN = "200 200 200 200 200 200 200 200 200 302 302"
PEOPLE = "200 200 200 200 200 403 403 403 200 302 302"
ACTS_ON_PEOPLE = "200 200 404 404 404 403 403 403 404 302 302"
ACTS_ON_KEYS = "200 404 404 404 404 403 403 403 404 302 302"
KEYS = "200 403 403 403 403 403 403 403 403 302 302"
HER_KEY = "200 404 404 404 404 404 200 404 404 302 302"
KEY_ACT = "302 404 404 404 404 404 302 404 404 302 302"
PLACES = "200 200 200 200 200 200 403 403 403 302 302"
AUDIT = "200 403 403 200 200 200 403 403 403 302 302"
BY_ADMIN = "200 404 404 404 200 404 403 403 403 302 302"
BY_USER_ADMIN = "200 200 404 404 200 404 403 403 403 302 302"
SEES_PLACES = "200 200 200 200 200 200 403 403 200 302 302"
SETTINGS = "200 403 403 200 403 403 403 403 403 302 302"
A_PERSON = "/admin/people/alice"
AN_OBJECT = f"/admin/objects/workspace/{OBJECT}"
AN_ORGANIZATION = "/admin/organizations/{org}"

PAGE_ROWS = (
    PageRow("GET", "/", "302"),
    PageRow("GET", "/login", "302 302 302 302 302 302 302 302 302 200 200"),
    PageRow("GET", "/setup", "302"),
    PageRow("GET", "/logout", "200 200 200 200 200 200 200 200 200 302 302"),
    PageRow("GET", "/forgot-password", "200"),
    PageRow("GET", "/forgot-password/sent", "200"),
    PageRow("GET", "/reset-password", "200"),
    PageRow("GET", "/reset-password/change", "200"),
    PageRow("GET", "/login/device", "302"),
    PageRow("GET", "/login/again", OWN),
    PageRow("GET", "/account", OWN),
    PageRow("GET", "/account/mail", "200 200 200 200 200 200 200 200 404 302 302"),
    PageRow("POST", "/account/mail", "302 302 302 302 302 302 302 302 404 302 302"),
    PageRow("GET", "/account/profile", OWN),
    PageRow("GET", "/account/password", OWN),
    PageRow("GET", "/account/password-login", "302"),
    PageRow("GET", "/account/sign-in/nowhere", "404"),
    PageRow("GET", "/cli-auth", OWN),
    PageRow("POST", "/cli-auth", "200 200 200 200 200 200 200 200 403 302 302"),
    PageRow("GET", "/check", OWN),
    PageRow("GET", "/check?who=me&action=read&type=workspace", OWN),
    PageRow("GET", "/docs/api", "200"),
    PageRow("GET", "/healthz", "200"),
    PageRow("GET", "/readyz", "200"),
    PageRow("GET", "/.well-known/oauth-protected-resource", "200"),
    PageRow("GET", "/keys", "200 200 200 200 200 200 200 200 404 302 302"),
    PageRow("GET", "/keys/new", "200 200 200 200 200 200 200 200 404 302 302"),
    PageRow("POST", "/keys/sessions/end", "302 302 302 302 302 302 302 302 404 302 302"),
    PageRow("GET", "/keys/{key}", HER_KEY),
    PageRow("GET", "/keys/{key}/rotate", HER_KEY),
    PageRow("POST", "/keys/{key}/rotate", HER_KEY, {"grace": "0"}),
    PageRow("POST", "/keys/{key}/pause", KEY_ACT),
    PageRow("POST", "/keys/{key}/resume", KEY_ACT),
    PageRow("GET", "/keys/{key}/expire", HER_KEY),
    PageRow("POST", "/keys/{key}/expire", KEY_ACT),
    PageRow("GET", "/keys/{key}/revoke", HER_KEY),
    PageRow("POST", "/keys/{key}/revoke", KEY_ACT),
    PageRow("GET", "/admin", "302"),
    PageRow("GET", "/admin/", "200 200 200 200 200 200 403 403 200 302 302"),
    PageRow("GET", "/admin/people", PEOPLE),
    PageRow("GET", "/admin/people/new", "200 200 403 403 403 403 403 403 403 302 302"),
    PageRow("GET", "/admin/service-accounts", PEOPLE),
    PageRow("GET", "/admin/service-accounts/new", "200 200 403 403 403 403 403 403 403 302 302"),
    PageRow("GET", A_PERSON, PEOPLE),
    PageRow("GET", f"{A_PERSON}/keys", PEOPLE),
    PageRow("GET", f"{A_PERSON}/sessions", PEOPLE),
    PageRow("GET", f"{A_PERSON}/organizations", PEOPLE),
    PageRow("GET", f"{A_PERSON}/audit", PEOPLE),
    PageRow("GET", f"{A_PERSON}/rename", ACTS_ON_PEOPLE),
    PageRow(
        "POST", f"{A_PERSON}/rename", "302 302 404 404 404 403 403 403 404 302 302",
        {"username": "alice", "name": "Alice"},
    ),
    PageRow(
        "POST", f"{A_PERSON}/roles", "302 400 404 404 404 403 403 403 404 302 302",
        {"roles": ["auditor"]},
    ),
    PageRow("GET", f"{A_PERSON}/suspend", ACTS_ON_PEOPLE),
    PageRow("POST", f"{A_PERSON}/suspend", "302 302 404 404 404 403 403 403 404 302 302"),
    PageRow("POST", f"{A_PERSON}/activate", "302 302 404 404 404 403 403 403 404 302 302"),
    PageRow("GET", f"{A_PERSON}/delete", ACTS_ON_PEOPLE),
    PageRow(
        "POST", "/admin/people/outsider/delete",
        "302 302 404 404 404 403 403 403 404 302 302",
    ),
    PageRow("GET", f"{A_PERSON}/end-access", ACTS_ON_KEYS),
    PageRow("POST", f"{A_PERSON}/end-access", "302 404 404 404 404 403 403 403 404 302 302"),
    PageRow("GET", f"{A_PERSON}/end-sessions", ACTS_ON_KEYS),
    PageRow("POST", f"{A_PERSON}/end-sessions", "302 404 404 404 404 403 403 403 404 302 302"),
    PageRow("POST", f"{A_PERSON}/reset", "302 302 404 404 404 403 403 403 404 302 302"),
    PageRow("POST", f"{A_PERSON}/take-back", "400 400 404 404 404 403 403 403 404 302 302"),
    PageRow("GET", "/admin/keys", KEYS),
    PageRow("GET", "/admin/keys.csv", KEYS),
    PageRow("GET", "/admin/keys/revoke?key={key}", KEYS),
    PageRow("POST", "/admin/keys/revoke", "302 403 403 403 403 403 403 403 403 302 302",
            {"key": "{key}"}),
    PageRow("GET", "/admin/keys/expire?key={key}", KEYS),
    PageRow("POST", "/admin/keys/expire", "302 403 403 403 403 403 403 403 403 302 302",
            {"key": "{key}"}),
    PageRow("GET", "/admin/keys/jobs/{job}", KEYS),
    PageRow("GET", "/admin/ceilings", SETTINGS),
    PageRow("GET", "/admin/ceilings/member", KEYS),
    PageRow("POST", "/admin/ceilings/member", "302 403 403 403 403 403 403 403 403 302 302",
            {"days": "90"}),
    PageRow("GET", "/admin/ceilings/member/remove", KEYS),
    PageRow("POST", "/admin/ceilings/member/remove",
            "302 403 403 403 403 403 403 403 403 302 302"),
    PageRow("GET", "/admin/organizations", PLACES),
    PageRow("GET", "/admin/organizations/new", "200 403 403 403 403 403 403 403 403 302 302"),
    PageRow(
        "POST", "/admin/organizations/new", "302 403 403 403 403 403 403 403 403 302 302",
        {"name": "other"},
    ),
    PageRow("GET", AN_ORGANIZATION, PLACES),
    PageRow("GET", f"{AN_ORGANIZATION}/change", BY_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/change", "302 404 404 404 302 404 403 403 403 302 302",
        {"name": "{org}", "display_name": "Shown"},
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/delete", BY_ADMIN),
    PageRow("GET", f"{AN_ORGANIZATION}/members/add", BY_USER_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/members/add", "302 302 404 404 302 404 403 403 403 302 302",
        {"user": "outsider"},
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/members/alice", PLACES),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/members/alice/roles",
        "302 400 404 404 302 404 403 403 403 302 302", {"roles": ["organization-auditor"]},
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/members/alice/remove", BY_USER_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/members/alice/remove",
        "302 302 404 404 302 404 403 403 403 302 302",
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/roles", PLACES),
    PageRow("GET", f"{AN_ORGANIZATION}/roles/new", BY_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/roles/new", "302 404 404 404 302 404 403 403 403 302 302",
        {"name": "fresh", "permissions": ["group:read"]},
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/roles/reader", BY_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/roles/reader", "302 404 404 404 302 404 403 403 403 302 302",
        {"name": "reader", "permissions": ["group:read"]},
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/roles/reader/delete", BY_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/roles/reader/delete",
        "302 404 404 404 302 404 403 403 403 302 302",
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/ceiling", BY_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/ceiling", "302 404 404 404 302 404 403 403 403 302 302",
        {"max_keys": "5"},
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/ceiling/remove", BY_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/ceiling/remove",
        "302 404 404 404 302 404 403 403 403 302 302",
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/groups", PLACES),
    PageRow("GET", f"{AN_ORGANIZATION}/groups/new", BY_USER_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/groups/new", "302 302 404 404 302 404 403 403 403 302 302",
        {"name": "fresh"},
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/groups/{{group}}", PLACES),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/groups/{{group}}",
        "302 302 404 404 302 404 403 403 403 302 302", {"add": "alice"},
    ),
    PageRow("GET", f"{AN_ORGANIZATION}/groups/{{group}}/delete", BY_USER_ADMIN),
    PageRow(
        "POST", f"{AN_ORGANIZATION}/groups/{{group}}/delete",
        "302 302 404 404 302 404 403 403 403 302 302",
    ),
    PageRow("GET", "/admin/objects", SEES_PLACES),
    PageRow("GET", AN_OBJECT, "200 404 200 404 200 404 403 403 404 302 302"),
    PageRow("GET", f"{AN_OBJECT}/forget", "200 404 404 404 200 404 403 403 404 302 302"),
    PageRow("POST", f"{AN_OBJECT}/forget", "302 404 404 404 302 404 403 403 404 302 302"),
    PageRow("GET", "/admin/scopes", SEES_PLACES),
    PageRow("GET", "/admin/audit", AUDIT),
    PageRow("GET", "/admin/audit.csv", AUDIT),
    PageRow("GET", "/admin/audit/{entry}", AUDIT),
    PageRow("GET", "/admin/settings", SETTINGS),
    PageRow("GET", "/admin/system", SETTINGS),
)  # fmt: skip


class Site:
    """The installation that the requests go to, with somebody for each of PRINCIPALS."""

    def __init__(self) -> None:
        home = default_organization()
        alice = make_user("alice")
        make_user("outsider", joins=False)
        key = make_key(alice, login_type="token", name="ci")
        self.names = {
            "key": key.partition("-")[0],
            "org": home.name,
            "group": str(Group.objects.create(organization=home, name="readers").pk),
        }
        CustomRole.objects.create(name="reader", organization=home)
        KeyCeiling.objects.create(role="member", max_keys=100)
        KeyCeiling.objects.create(organization=home, max_keys=100)
        store("workspace", UUID(OBJECT), owner=alice, organization_id=home.pk)
        entry = record(action="write", resource_type="group", organization_id=home.pk)
        self.names["entry"] = str(entry.pk)
        job = KeyJob.objects.create(act="revoke", user=alice, caller_key_id="x" * 10)
        self.names["job"] = str(job.pk)
        self.people = {"alice": alice, "mallory": make_user("mallory")}
        for role in ("owner", "user-admin", "template-admin", "auditor"):
            self.people[role] = make_user(f"the-{role}", roles=[role])
        for role in ("admin", "auditor"):
            self.people[f"org-{role}"] = make_user(
                f"org-{role}", organization_roles=[f"organization-{role}"]
            )
        self.people["suspended"] = make_user("suspended", status="suspended", roles=["owner"])

    def send(self, row: PageRow, principal: str) -> Any:
        user: User | None = self.people.get(principal.partition("'")[0])
        scopes = {"scopes": ["user:read"]} if "user:read" in principal else {}
        client = visitor(user, **(scopes if user else {}))
        data = {
            name: value.format_map(self.names) if isinstance(value, str) else value
            for name, value in row.data.items()
        }
        return getattr(client, row.method.lower())(row.path.format_map(self.names), data)


def page_routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Yield the route of every page, as the routing writes it."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from page_routes(entry, pattern)
        elif isinstance(entry, URLPattern) and not pattern.startswith(("api/", "oauth2/", "^api")):
            yield pattern
