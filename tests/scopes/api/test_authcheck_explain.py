from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import narrowed

FIELDS = {
    "allowed", "level", "permission", "negated", "role", "organization", "scope", "missing", "hint",
}  # fmt: skip


def explain(api: Api, action: str, resource_type: str, **obj: Any) -> dict[str, Any]:
    checks = {"c": {"object": {"resource_type": resource_type, **obj}, "action": action}}
    answer = api.post("/authcheck/explain", {"checks": checks})
    assert answer.status_code == 200, answer.content
    plain = api.post("/authcheck", {"checks": checks}).json()["c"]
    explained: dict[str, Any] = answer.json()["c"]
    assert set(explained) == FIELDS
    assert explained["allowed"] is plain
    assert explained["hint"]
    return explained


def test_yes_names_the_role_and_the_scope(as_alice: Api) -> None:
    why = explain(as_alice, "read", "user", owner_id="me")

    assert (why["allowed"], why["level"], why["role"]) == (True, "user", "member")
    assert (why["permission"], why["scope"], why["missing"]) == ("user:read", "coder:all", [])


def test_no_names_what_is_missing(as_alice: Api) -> None:
    why = explain(as_alice, "delete", "user")

    assert (why["allowed"], why["missing"]) == (False, ["role"])


def test_narrowed_key_is_told_which_scope_it_lacks(alice: User) -> None:
    why = explain(narrowed(alice, "workspace:read"), "read", "user", owner_id="me")

    assert (why["missing"], why["scope"]) == (["scope"], None)
    assert "user:read" in why["hint"]
    assert explain(narrowed(alice, "user:read"), "read", "user", owner_id="me")["allowed"]


def test_allow_list_is_named_when_it_is_in_the_way(alice: User) -> None:
    key = narrowed(alice, "coder:all", allow_list=("file:*",))

    assert explain(key, "read", "user", owner_id="me")["missing"] == ["allow_list"]
    assert explain(key, "read", "file", owner_id="me")["allowed"]


# An explanation must not tell more than the answer: unknown and unreadable look alike.
def test_unreadable_object_is_explained_like_an_unknown_one(
    as_alice: Api, alice: User, mallory: User
) -> None:
    unreadable = explain(as_alice, "read", "user", resource_id=str(mallory.pk))
    unknown = explain(as_alice, "read", "user", resource_id=str(uuid4()))

    assert unreadable == unknown
    assert unknown["missing"] == ["object"]
    assert explain(as_alice, "read", "user", resource_id=str(alice.pk))["allowed"]


@pytest.mark.parametrize("spelling", ["1", "t", "true", "TRUE"])
def test_the_older_query_still_explains_in_any_spelling(as_alice: Api, spelling: str) -> None:
    checks = {"checks": {"c": {"object": {"resource_type": "user"}, "action": "read"}}}
    client = Client(headers={"Coder-Session-Token": as_alice.token})

    def ask(spelled: str) -> Any:
        path = f"/api/v2/authcheck?explain={spelled}"
        return client.post(path, checks, content_type="application/json").json()["c"]

    assert ask(spelling)["allowed"] is False
    assert ask("no") is False


def test_explaining_refuses_what_answering_refuses(as_alice: Api) -> None:
    for path in ("", "/explain"):
        assert as_alice.post(f"/authcheck{path}", {"checks": {"c": {}}}).status_code == 400


@pytest.mark.django_db
def test_ban_is_explained_as_a_negation() -> None:
    ban = "organization-workspace-creation-ban"
    banned = make_user("banned", organization_roles=[ban])
    home = str(banned.memberships.get().organization_id)

    why = explain(signed_in(banned), "create", "workspace", owner_id="me", organization_id=home)

    assert (why["level"], why["negated"], why["role"]) == ("organization", True, ban)
    assert why["organization"] == home
    free = signed_in(make_user("free"))
    assert explain(free, "create", "workspace", owner_id="me", organization_id=home)["allowed"]
