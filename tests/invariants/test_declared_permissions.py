"""Each action declares who may call it, and asks the decision engine for what it declares."""

import sys
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings
from django.urls import path, resolve
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coderauth.http.declared_access import api_routes, every_action_declares_access
from coderauth.http.viewsets import ApiViewSet, Needs, Public, SignedIn
from scopes.engine import decision
from scopes.engine.decision import Object, Subject
from scopes.engine.policy import RESOURCES
from tests.invariants.routes import PRINCIPALS, ROWS, Row, World, world

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


def declared() -> list[tuple[str, Any]]:
    return [
        (f"{view.cls.__name__}.{action}", view.cls.access.get(action))
        for _, view in api_routes()
        for action in view.actions.values()
    ]


def test_every_action_declares_access() -> None:
    assert every_action_declares_access(None) == []
    assert len(declared()) >= 30
    for action, access in declared():
        assert isinstance(access, Needs | SignedIn | Public), action


def test_every_exception_says_why() -> None:
    for action, access in declared():
        if not isinstance(access, Needs):
            assert len(access.reason.split()) > 3, action


def test_every_needed_permission_exists_in_the_policy() -> None:
    for action, access in declared():
        if isinstance(access, Needs):
            assert access.action in RESOURCES[access.resource], action


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


def needs(row: Row) -> Needs | None:
    """Return what the action behind a row declares to need."""
    view: Any = resolve(row.any_path).func
    access = view.cls.access[view.actions[row.method.lower()]]
    return access if isinstance(access, Needs) else None


ASKING = [row for row in ROWS if needs(row)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Record what the decision engine is asked, wherever it was imported to."""
    pairs: set[tuple[str, str]] = set()
    real = decision.decide

    def decide(subject: Subject, action: str, obj: Object) -> decision.Decision:
        pairs.add((obj.type, action))
        return real(subject, action, obj)

    modules = [module for name, module in sys.modules.items()
               if name.partition(".")[0] in {"accounts", "scopes", "coderauth"}]  # fmt: skip
    for module in modules:
        if getattr(module, "decide", None) is real:
            monkeypatch.setattr(module, "decide", decide)
    return pairs


# A declaration that the code does not ask for is a lie in the documents made from it.
@pytest.mark.parametrize("row", ASKING, ids=str)
def test_successful_call_asked_for_what_is_declared(
    world: World, asked: set[tuple[str, str]], row: Row
) -> None:
    who = next(name for name in ("alice", "owner", *PRINCIPALS) if row.statuses[name] < 300)
    access = needs(row)
    assert access is not None

    assert world.send(row, who).status_code == row.statuses[who]

    assert (access.resource, access.action) in asked
