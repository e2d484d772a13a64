"""Every route of the API with a call that succeeds for those who may make it.

The calls are about alice; `{alice}` is her id, `{key}` the id of her token `ci`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from coderauth.http.declared_access import api_routes
from coderauth.http.viewsets import Access
from scopes.models import (
    CustomRole,
    Group,
    GroupMembership,
    KeyCeiling,
    Organization,
    RegisteredObject,
)
from scopes.organizations.selectors import default_organization
from tests.people import PASSWORD, Api, make_key, make_user, signed_in
from tests.scopes.keyring import narrowed

PRINCIPALS = (
    "owner", "user-admin", "template-admin", "auditor", "alice", "mallory", "suspended",
    "alice's workspace:read", "alice's user:read", "alice's api_key:* user:read", "anonymous",
)  # fmt: skip
NEW_PASSWORD = "An0ther-Passw0rd!y"
NEWCOMER = {"username": "newcomer", "email": "newcomer@example.test", "password": PASSWORD}
ALICE = "alice@example.test"
NEW_OBJECT = "8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10"


@dataclass(frozen=True, slots=True)
class Row:
    """A call, and the status of its answer for each of PRINCIPALS."""

    method: str
    path: str
    expected: str
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def any_path(self) -> str:
        """Return a path that only the routing can use."""
        return "/api/v2" + re.sub(r"{\w+}", "x", self.path).partition("?")[0]

    @property
    def statuses(self) -> dict[str, int]:
        wanted = [int(status) for status in self.expected.split()]
        if len(wanted) == 1:
            wanted *= len(PRINCIPALS)
        return dict(zip(PRINCIPALS, wanted, strict=True))


# Statuses in the order of PRINCIPALS; one alone is everybody's.
ROWS = (
    Row("GET", "/", "200"),
    Row("GET", "/buildinfo", "200"),
    Row("GET", "/openapi.json", "200"),
    Row("GET", "/appearance", "200"),
    Row("GET", "/auth/scopes", "200"),
    Row("POST", "/auth/leaked", "202", ["x"]),
    Row("GET", "/users/first", "200"),
    Row("POST", "/users/first", "409", NEWCOMER),
    Row("POST", "/users/login", "201", {"email": ALICE, "password": PASSWORD}),
    Row("GET", "/users/authmethods", "200"),
    # No provider is configured here.
    Row("GET", "/users/oidc/callback", "400"),
    Row("GET", "/users/oidc/1/callback", "400"),
    Row("POST", "/users/oidc/backchannel-logout", "400"),
    Row("POST", "/users/oidc/1/backchannel-logout", "400"),
    Row("GET", "/users/oauth2/github/callback", "400"),
    Row("GET", "/users/oauth2/github/device", "400"),
    Row("POST", "/users/validate-password", "200", {"password": NEW_PASSWORD}),
    Row("POST", "/users/otp/request", "204", {"email": ALICE}),
    Row("POST", "/users/otp/change-password", "400",
        {"email": ALICE, "password": NEW_PASSWORD, "one_time_passcode": "wrong"}),
    #                            owner u-adm t-adm audit alice mall. susp. ws    user  keys  anon.
    Row("POST", "/users/logout", "200   200   200   200   200   200   401   403   403   200   401"),
    Row("GET", "/entitlements",  "200   200   200   200   200   200   401   200   200   200   401"),
    Row("GET", "/experiments",   "200   200   200   200   200   200   401   200   200   200   401"),
    Row("POST", "/authcheck",    "200   200   200   200   200   200   401   200   200   200   401",
        {"checks": {}}),
    Row("POST", "/authcheck/explain",
                                 "200   200   200   200   200   200   401   200   200   200   401",
        {"checks": {}}),
    Row("GET", "/users",         "200   200   200   200   200   200   401   200   200   200   401"),
    Row("GET", "/audit",         "200   200   200   200   200   200   401   200   200   200   401"),
    Row("POST", "/users",        "201   201   403   403   403   403   401   404   404   404   401",
        {**NEWCOMER, "organization_ids": ["{home}"]}),
    Row("GET", "/users/roles",   "200   200   200   200   200   200   401   403   403   403   401"),
    Row("GET", "/users/{alice}", "200   200   200   200   200   400   401   400   200   200   401"),
    Row("GET", "/users/me",      "200   200   200   200   200   200   401   404   200   200   401"),
    Row("DELETE", "/users/{alice}",
                                 "200   200   403   403   403   400   401   400   403   403   401"),
    Row("PUT", "/users/{alice}/profile",
                                 "200   200   404   404   200   400   401   400   404   404   401",
        {"username": "alicia", "name": "Alicia"}),
    Row("PUT", "/users/{alice}/status/suspend",
                                 "200   200   404   404   400   400   401   400   400   400   401"),
    Row("PUT", "/users/{alice}/status/activate",
                                 "200   200   404   404   404   400   401   400   404   404   401"),
    Row("GET", "/users/{alice}/roles",
                                 "200   200   404   404   200   400   401   400   404   404   401"),
    Row("PUT", "/users/{alice}/roles",
                                 "200   200   403   403   400   400   401   400   400   400   401",
        {"roles": []}),
    Row("PUT", "/users/{alice}/password",
                                 "204   204   404   404   204   400   401   400   404   404   401",
        {"password": NEW_PASSWORD, "old_password": PASSWORD}),
    Row("POST", "/users/{linked}/password-login",
                                 "204   204   404   404   400   400   401   400   400   400   401"),
    Row("GET", "/users/{alice}/login-type",
                                 "403   403   403   403   200   400   401   400   200   200   401"),
    Row("POST", "/users/{alice}/convert-login",
                                 "201   201   201   201   201   400   401   400   201   201   401",
        {"to_type": "github", "password": PASSWORD}),
    Row("GET", "/users/{alice}/organizations",
                                 "200   200   200   200   200   400   401   400   200   200   401"),
    Row("GET", "/users/{alice}/organizations/coder",
                                 "200   200   200   200   200   400   401   400   404   404   401"),
    Row("POST", "/users/{alice}/keys",
                                 "201   403   403   403   201   400   401   400   403   403   401"),
    Row("GET", "/users/{alice}/keys/tokens",
                                 "200   200   200   200   200   400   401   400   200   200   401"),
    Row("POST", "/users/{alice}/keys/tokens",
                                 "201   403   403   403   201   400   401   400   403   201   401",
        {"scope": "user:read"}),
    Row("POST", "/users/me/keys/tokens",
                                 "201   201   201   201   201   201   401   404   403   403   401",
        {}),
    Row("GET", "/users/{alice}/keys/tokens/tokenconfig",
                                 "200   200   200   200   200   400   401   400   200   200   401"),
    Row("GET", "/users/{alice}/keys/tokens/ci",
                                 "200   404   404   404   200   400   401   400   404   200   401"),
    Row("GET", "/users/{alice}/keys/{key}",
                                 "200   404   404   404   200   400   401   400   404   200   401"),
    Row("DELETE", "/users/{alice}/keys/{key}",
                                 "204   404   404   404   204   400   401   400   404   204   401"),
    Row("GET", "/users/{alice}/keys/{key}/usage",
                                 "200   404   404   404   200   400   401   400   404   200   401"),
    Row("PUT", "/users/{alice}/keys/{key}/expire",
                                 "204   404   404   404   204   400   401   400   404   204   401"),
    Row("PUT", "/users/{alice}/keys/{key}/pause",
                                 "204   404   404   404   204   400   401   400   404   204   401"),
    Row("PUT", "/users/{alice}/keys/{key}/resume",
                                 "204   404   404   404   204   400   401   400   404   204   401"),
    Row("POST", "/users/{alice}/keys/{key}/rotate",
                                 "201   404   404   404   201   400   401   400   404   403   401",
        {"grace": 0}),
    Row("DELETE", "/users/me/keys/{key}",
                                 "204   404   404   404   204   404   401   404   404   204   401"),
    Row("GET", "/users/{alice}/sessions",
                                 "200   200   200   200   200   400   401   400   200   200   401"),
    Row("DELETE", "/users/{alice}/sessions",
                                 "200   404   404   404   200   400   401   400   404   200   401"),
    Row("GET", "/users/{alice}/notices",
        "200   200   404   404   200   400   401   400   404   404   401"),
    Row("PUT", "/users/{alice}/notices",
        "204   204   404   404   204   400   401   400   404   404   401", {"muted": []}),
    Row("GET", "/keyceilings", "200   200   200   200   200   200   401   200   200   200   401"),
    Row("PUT", "/keyceilings/roles/auditor",
        "200   404   404   404   404   404   401   404   404   404   401", {"max_keys": 3}),
    Row("DELETE", "/keyceilings/roles/member",
        "204   404   404   404   404   404   401   404   404   404   401"),
    Row("PUT", "/organizations/default/keyceiling",
        "200   404   404   404   404   404   401   404   404   404   401", {"fixed_ends": True}),
    Row("DELETE", "/organizations/default/keyceiling",
        "204   404   404   404   404   404   401   404   404   404   401"),
    Row("GET", "/organizations", "200   200   200   200   200   200   401   200   200   200   401"),
    Row("GET", "/organizations/default",
                                 "200   200   200   200   200   200   401   404   404   404   401"),
    Row("POST", "/organizations", "201   403   403   403   403   403   401   403   403   403   401",
        {"name": "third"}),
    Row("PATCH", "/organizations/default",
                                 "200   404   404   404   404   404   401   404   404   404   401",
        {"description": "Ours"}),
    Row("DELETE", "/organizations/{other}",
                                 "200   404   404   404   404   404   401   404   404   404   401"),
    Row("GET", "/organizations/default/members",
                                 "200   200   200   200   200   200   401   404   404   404   401"),
    Row("GET", "/organizations/default/paginated-members?limit=2",
                                 "200   200   200   200   404   404   401   404   404   404   401"),
    Row("POST", "/organizations/{other}/members/{alice}",
                                 "200   200   404   404   404   404   401   404   404   404   401"),
    Row("DELETE", "/organizations/default/members/{alice}",
                                 "204   204   404   404   400   404   401   404   404   404   401"),
    Row("PUT", "/organizations/default/members/{alice}/roles",
                                 "200   200   403   403   400   404   401   404   404   404   401",
        {"roles": []}),
    Row("GET", "/organizations/default/members/roles",
                                 "200   200   200   200   200   200   401   404   404   404   401"),
    Row("POST", "/organizations/default/members/roles",
                                 "200   404   404   404   404   404   401   404   404   404   401",
        {"name": "builder"}),
    Row("PUT", "/organizations/default/members/roles",
                                 "200   404   404   404   404   404   401   404   404   404   401",
        {"name": "deployer"}),
    Row("DELETE", "/organizations/default/members/roles/deployer",
                                 "204   403   403   403   403   403   401   404   404   404   401"),
    Row("GET", "/organizations/default/groups",
                                 "200   200   200   200   200   200   401   404   404   404   401"),
    Row("POST", "/organizations/default/groups",
                                 "201   201   404   404   404   404   401   404   404   404   401",
        {"name": "readers"}),
    Row("GET", "/organizations/default/groups/everyone",
                                 "200   200   200   200   200   200   401   404   404   404   401"),
    Row("GET", "/groups",        "200   200   200   200   200   200   401   200   200   200   401"),
    Row("GET", "/groups/{group}",
                                 "200   200   200   200   200   404   401   404   404   404   401"),
    Row("PATCH", "/groups/{group}",
                                 "200   200   404   404   404   404   401   404   404   404   401",
        {"name": "readers"}),
    Row("DELETE", "/groups/{group}",
                                 "200   200   404   404   404   404   401   404   404   404   401"),
    Row("GET", "/objects/workspace",
                                 "200   200   200   200   200   200   401   200   200   200   401"),
    Row("GET", "/objects/workspace/{object}",
                                 "200   404   200   404   200   404   401   200   404   404   401"),
    Row("PUT", f"/objects/workspace/{NEW_OBJECT}",
                                 "201   201   201   201   201   201   401   403   404   404   401",
        {"owner_id": "me"}),
    Row("DELETE", "/objects/workspace/{object}",
                                 "204   404   403   404   204   404   401   403   404   404   401"),
    Row("POST", "/objects/bulk", "200   200   200   200   200   200   401   403   404   404   401",
        {"put": [{"type": "workspace", "id": NEW_OBJECT, "owner_id": "me"}]}),
)  # fmt: skip


@dataclass(slots=True)
class World:
    """The people of the table, with their keys."""

    clients: Mapping[str, Api]
    names: Mapping[str, str]

    def send(self, row: Row, principal: str) -> Any:
        body = row.body
        if isinstance(body, dict) and "organization_ids" in body:
            body = {**body, "organization_ids": [self.names["home"]]}
        return self.clients[principal](row.method, row.path.format_map(self.names), body)


def make_world() -> World:
    alice = make_user("alice")
    people: dict[str, User] = {
        "owner": make_user("owner", roles=["owner"]),
        "alice": alice,
        "mallory": make_user("mallory"),
        "suspended": make_user("gone", status="suspended"),
        **{role: make_user(role, roles=[role]) for role in PRINCIPALS[1:4]},
    }
    clients = {name: signed_in(person) for name, person in people.items()}
    for name in PRINCIPALS[7:10]:
        clients[name] = narrowed(alice, *name.split()[1:])
    clients["anonymous"] = Api()
    secret = make_key(alice, login_type="token", name="ci")
    home = str(default_organization().pk)
    CustomRole.objects.create(name="deployer", organization=default_organization())
    KeyCeiling.objects.create(role="member")
    KeyCeiling.objects.create(organization=default_organization())
    group = Group.objects.create(name="team", organization=default_organization())
    GroupMembership.objects.create(group=group, user=alice)
    other = str(Organization.objects.create(name="other").pk)
    names = {"alice": str(alice.pk), "key": secret[:10], "home": home, "other": other}
    names["group"] = str(group.pk)
    names["linked"] = str(make_user("linked", login_type="github").pk)
    # Nobody owns it, because owners of workspaces cannot be deleted, as another row shows.
    shared = {str(alice.pk): ["read", "delete"]}
    names["object"] = str(uuid4())
    RegisteredObject.objects.create(
        type="workspace",
        object_id=names["object"],
        organization=default_organization(),
        acl_users=shared,
    )
    return World(clients, names)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def declared_routes() -> dict[tuple[str, str], Access]:
    """Return who may call what, by method and pattern."""
    return {
        (method.upper(), pattern): view.cls.access[action]
        for pattern, view in api_routes()
        for method, action in view.actions.items()
        if method != "head"  # DRF adds it to each view that has `get`; ours answers 405.
    }
