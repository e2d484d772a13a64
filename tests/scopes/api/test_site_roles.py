"""`GET /users/roles` (accounts.md 2.15, authorization.md 5.3)."""

import json
from typing import Any

import pytest

from accounts.models import User
from scopes.engine.policy import RESOURCES
from tests.people import Api, make_key, make_user, signed_in

PATHS = ["/users/roles", "/users/roles/"]


def listed(api: Api, path: str = PATHS[0]) -> dict[str, Any]:
    answer = api.get(path)
    assert answer.status_code == 200
    return {role["name"]: role for role in json.loads(answer.content)}


@pytest.mark.parametrize("path", PATHS)
def test_the_roles_of_the_site_are_listed(as_owner: Api, path: str) -> None:
    roles = listed(as_owner, path)

    assert set(roles) == {"owner", "auditor", "template-admin", "user-admin"}
    assert {name: role["display_name"] for name, role in roles.items()} == {
        "owner": "Owner",
        "auditor": "Auditor",
        "template-admin": "Template Admin",
        "user-admin": "User Admin",
    }
    for role in roles.values():
        assert role["built_in"] is True
        assert "organization_id" not in role
        assert role["organization_permissions"] == role["user_permissions"] == []
        assert role["organization_member_permissions"] == []
        for permission in role["site_permissions"]:
            actions = (*RESOURCES[permission["resource_type"]], "*")
            assert permission["action"] in actions
            assert permission["negate"] is False


def test_an_auditor_reads_and_changes_nothing(as_owner: Api) -> None:
    granted = listed(as_owner)["auditor"]["site_permissions"]

    assert {permission["action"] for permission in granted} == {"read", "view_insights"}
    assert {"negate": False, "resource_type": "user", "action": "read"} in granted


@pytest.mark.parametrize(
    "roles", [["owner"], ["user-admin"], ["auditor"], ["template-admin"], [], ["owner", "auditor"]]
)
def test_owners_hand_out_every_role_and_others_none(db: None, roles: list[str]) -> None:
    shown = listed(signed_in(make_user("actor", roles=roles)))

    assert {role["assignable"] for role in shown.values()} == {"owner" in roles}


@pytest.mark.parametrize("scopes", [["user:read"], ["coder:application_connect"]])
def test_a_narrowed_key_does_not_see_the_roles(owner: User, scopes: list[str]) -> None:
    key = Api(make_key(owner, login_type="token", name="ci", scopes=scopes))

    answer = key.get("/users/roles")

    assert (answer.status_code, json.loads(answer.content)["message"]) == (403, "Forbidden.")
    wide = Api(make_key(owner, login_type="token", name="wide", scopes=["assign_role:read"]))
    assert len(listed(wide)) == 4


def test_somebody_called_roles_is_found_by_id(as_owner: Api) -> None:
    user = make_user("roles")

    assert len(listed(as_owner)) == 4
    assert json.loads(as_owner.get(f"/users/{user.pk}").content)["username"] == "roles"
