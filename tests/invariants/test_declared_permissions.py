"""Each action declares who may call it, and asks the decision engine for what it declares.

That it asks for nothing else is held by every test that calls the API (`tests/asking.py`).
"""

from contextlib import nullcontext
from typing import Any
from uuid import UUID

import pytest
from django.core.checks import run_checks
from django.db import transaction
from django.test import RequestFactory, override_settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from coderauth.http.declared_access import api_routes, every_action_declares_access
from coderauth.http.viewsets import ApiViewSet, Asks, Public, SignedIn
from scopes.engine.policy import RESOURCES
from tests.asking import covers, declared, recorded
from tests.invariants.routes import NEW_OBJECT, NEWCOMER, PRINCIPALS, ROWS, Row, World, world
from tests.people import make_key, make_user
from tests.scopes.registry import store

__all__ = ["world"]


class Forgotten(ApiViewSet):
    access = {"retrieve": Public("for the test")}

    def retrieve(self, request: Request) -> Response:
        return Response({})

    def destroy(self, request: Request) -> Response:
        return Response({"deleted": True})


class Foreign(APIView):
    pass


urlpatterns = [
    path("api/v2/declared", Forgotten.as_view({"get": "retrieve"})),
    path("api/v2/forgotten", Forgotten.as_view({"delete": "destroy"})),
    path("api/v2/foreign", Foreign.as_view()),
]


def every_access() -> list[tuple[str, Any]]:
    return [
        (f"{view.cls.__name__}.{action}", view.cls.access.get(action))
        for _, view in api_routes()
        for action in view.actions.values()
    ]


def test_every_action_declares_access() -> None:
    assert every_action_declares_access(None) == []
    assert len(every_access()) >= 30
    for action, access in every_access():
        assert isinstance(access, Asks | SignedIn | Public), action


def test_every_exception_says_why() -> None:
    for action, access in every_access():
        if not isinstance(access, Asks):
            assert len(access.reason.split()) > 3, action


def test_every_needed_permission_exists_in_the_policy() -> None:
    for action, access in every_access():
        for permission in declared(access):
            resource, _, verb = permission.partition(":")
            assert resource == "*" or verb in RESOURCES[resource], (action, permission)


@override_settings(ROOT_URLCONF=__name__)
def test_check_refuses_an_action_that_declares_nothing() -> None:
    errors = [error for error in run_checks() if error.id == "coderauth.E001"]

    assert [error.msg for error in errors] == [
        "Forgotten.destroy at api/v2/forgotten does not say who may call it.",
        "Foreign.Foreign at api/v2/foreign does not say who may call it.",
    ]


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_undeclared_action_is_refused_at_run_time(client: Any) -> None:
    client.raise_request_exception = False

    assert client.get("/api/v2/declared").status_code == 200
    assert client.delete("/api/v2/forgotten").status_code == 500


# Calls that ask for more than those of the table do, and somebody for whom they go that far.
CHECKS = {"checks": {"stop": {"object": {"resource_type": "workspace"}, "action": "stop"}}}
ROLE = {
    "name": "deployer",
    "organization_permissions": [{"resource_type": "template", "action": "read"}],
}
TAKEN = {**NEWCOMER, "username": "alice", "organization_ids": ["{home}"]}
MORE = (
    ("alice", Row("POST", "/authcheck", "200", CHECKS)),
    ("alice", Row("POST", "/authcheck/explain", "200", CHECKS)),
    ("alice", Row("POST", "/users/me/password-login", "400")),
    ("alice", Row("GET", "/groups?organization=default&has_member=me", "200")),
    ("user-admin", Row("POST", "/users", "409", TAKEN)),
    ("owner", Row("DELETE", f"/objects/file/{NEW_OBJECT}", "204")),
    ("owner", Row("PUT", "/users/auditor/roles", "200", {"roles": ["template-admin"]})),
    ("owner", Row("PUT", "/organizations/default/members/lena/roles", "200", {"roles": []})),
    ("owner", Row("PUT", "/organizations/default/members/roles", "200", ROLE)),
    ("owner", Row("POST", "/organizations/default/members/roles", "200", {**ROLE, "name": "x"})),
)


@pytest.fixture
def asked(world: World) -> dict[str, set[str]]:
    """Return what each action asks the decision engine for, over many calls of everybody."""
    make_user("lena", organization_roles=["organization-auditor"])
    store("file", UUID(NEW_OBJECT))
    calls = [(who, row) for row in ROWS for who in PRINCIPALS]
    with recorded() as found:
        for who, row in (*calls, *MORE):
            undo = transaction.savepoint()
            assert world.send(row, who).status_code == row.statuses[who]
            transaction.savepoint_rollback(undo)
        return {action: {*pairs} for action, pairs in found.items()}


class Silent(ApiViewSet):
    access = {"retrieve": Asks("user:read")}

    def retrieve(self, request: Request) -> Response:
        self.caller.may("read", "user")
        self.caller.may(request.query_params["action"], "user")
        return Response({})


# Each test that calls the API so holds it to what it declares.
@pytest.mark.parametrize(("action", "is_declared"), [("read", True), ("delete", False)])
def test_a_call_that_asks_for_what_is_not_declared_fails(
    alice: User, action: str, is_declared: bool
) -> None:
    request = RequestFactory().get(
        "/", {"action": action}, headers={"Coder-Session-Token": make_key(alice)}
    )
    with nullcontext() if is_declared else pytest.raises(AssertionError, match="user:delete"):
        assert Silent.as_view({"get": "retrieve"})(request).status_code == 200


# A declaration that nothing asks for is a lie in the documents made from it.
@pytest.mark.long
def test_everything_that_is_declared_is_asked_for(asked: dict[str, set[str]]) -> None:
    lies = {
        action: [one for one in declared(access) if not any(covers(one, p) for p in asked[action])]
        for action, access in every_access()
    }

    assert {action: never for action, never in lies.items() if never} == {}
    assert asked["UserViewSet.destroy"] == {"user:read", "user:delete"}
