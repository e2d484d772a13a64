"""`/healthz`, `/readyz`, `/api/v2/buildinfo` (accounts.md 2.24)."""

from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from coderauth import BUILD_VERSION
from coderauth.models import Deployment
from tests.expect import document
from tests.people import Api


# accounts.md T249
def test_the_process_is_alive_without_a_database(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"OK")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_it_is_ready_when_the_database_is(db: None) -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"OK")


def test_it_is_not_ready_without_the_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> Any:
        raise DatabaseError("password=hunter2")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", broken)
        answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert b"hunter2" not in answer.content
    assert Client().get("/healthz").status_code == 200


# accounts.md T249
def test_the_build_says_what_the_header_says(anonymous: Api) -> None:
    answer = anonymous.get("/buildinfo")
    body = document(answer)
    assert body["version"] == answer.headers["X-Coder-Build-Version"] == BUILD_VERSION
    assert body["dashboard_url"] == "http://127.0.0.1:3000"
    assert (body["telemetry"], body["workspace_proxy"]) == (False, False)
    assert {
        type(body[name]) for name in ("external_url", "agent_api_version", "upgrade_message")
    } == {str}
    assert body["provisioner_api_version"]


def test_the_deployment_has_one_identity(anonymous: Api) -> None:
    first, second = (document(anonymous.get("/buildinfo"))["deployment_id"] for _ in range(2))
    assert first == second == str(UUID(first))


# Clients ask for the build before each command: it must not cost a query each time.
@pytest.mark.django_db(transaction=True)
def test_the_build_is_told_without_asking_the_database_again(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(Deployment, "_known", None)
    first = document(Api().get("/buildinfo"))

    with django_assert_num_queries(0):
        assert document(Api().get("/buildinfo")) == first
    assert first["deployment_id"] == str(Deployment.objects.get().id)


@pytest.mark.django_db(transaction=True)
def test_an_identity_that_was_undone_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Deployment, "_known", None)
    with transaction.atomic():
        undone = Deployment.current().id
        assert Deployment.current().id == undone
        transaction.set_rollback(True)

    kept = Deployment.current().id

    assert kept == Deployment.objects.get().id != undone
