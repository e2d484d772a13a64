"""What views need, and what callers are told who lack it."""

from collections.abc import Sequence
from uuid import uuid4

import httpx2
import pytest
from coderauth_sdk import AccessList, Client, Scope

from tests.sdk.clients import unique
from tests.sdk.django.running import ASKED, Small


def key(client: Client, *scopes: Scope, allow_list: Sequence[str] | None = None) -> str:
    made = client.tokens.create(name=unique("key"), scopes=scopes, allow_list=allow_list)
    return made.secret


def lacks(answer: httpx2.Response, *scopes: str) -> bool:
    """Say whether an answer says which scopes are missing, to people and to programs."""
    if answer.status_code != 403 or "missing_scopes" not in answer.json():
        return False
    challenge = f'{ASKED}, error="insufficient_scope", scope="{" ".join(scopes)}"'
    assert all(scope in answer.json()["detail"] for scope in scopes)
    assert answer.headers["WWW-Authenticate"] == challenge
    return bool(answer.json()["missing_scopes"] == [*scopes])


def is_denied(answer: httpx2.Response, hint: str) -> bool:
    """Say whether an answer is a refusal that another scope would not change."""
    assert "missing_scopes" not in answer.text
    assert "WWW-Authenticate" not in answer.headers
    return answer.status_code == 403 and hint in answer.json()["detail"]


@pytest.fixture
def workspace(owner: Client, alice: Client) -> str:
    """The id of a workspace of alice's."""
    identifier = str(uuid4())
    owner.objects.put("workspace", identifier, owner_id=alice.users.get().id)
    return identifier


def test_a_key_needs_the_scope_that_the_view_declares(small: Small, alice: Client) -> None:
    reads, makes = key(alice, Scope.WORKSPACE_READ), key(alice, Scope.WORKSPACE_CREATE)

    assert small.ask("/workspaces", reads).status_code == 200
    assert lacks(small.ask("/workspaces", makes), "workspace:read")
    assert small.ask("/workspaces", makes, method="POST").status_code == 201
    assert lacks(small.ask("/workspaces", reads, method="POST"), "workspace:create")


@pytest.mark.parametrize(
    "scope", [Scope.CODER_ALL, Scope.WORKSPACE_ALL, Scope.CODER_WORKSPACES_OPERATE]
)
def test_wider_scopes_will_do(small: Small, alice: Client, scope: Scope) -> None:
    assert small.ask("/workspaces", key(alice, scope)).status_code == 200


def test_all_missing_scopes_are_named(small: Small, alice: Client) -> None:
    answer = small.ask("/both", key(alice, Scope.FILE_READ))
    assert lacks(answer, "workspace:read", "template:read")
    assert "scopes workspace:read, template:read" in answer.json()["detail"]
    assert lacks(small.ask("/both", key(alice, Scope.WORKSPACE_READ)), "template:read")
    assert (
        small.ask("/both", key(alice, Scope.WORKSPACE_READ, Scope.TEMPLATE_READ)).status_code == 200
    )


def test_a_head_request_needs_what_a_get_request_does(small: Small, alice: Client) -> None:
    head = small.ask("/workspaces", key(alice, Scope.FILE_READ), method="HEAD")
    assert head.status_code == 403
    head = small.ask("/workspaces", key(alice, Scope.WORKSPACE_READ), method="HEAD")
    assert head.status_code == 200


def test_the_roles_of_the_holder_count(small: Small, owner: Client, alice: Client) -> None:
    denied = small.ask("/templates", key(alice, Scope.CODER_ALL), method="POST")
    assert is_denied(denied, "a role that grants template:create")
    assert small.ask("/templates", key(owner, Scope.CODER_ALL), method="POST").status_code == 201
    narrowed = small.ask("/templates", key(owner, Scope.FILE_READ), method="POST")
    assert lacks(narrowed, "template:create")


def test_two_needs_of_one_name_are_two(small: Small, owner: Client, alice: Client) -> None:
    assert is_denied(small.ask("/everybodys", key(alice, Scope.CODER_ALL)), "workspace:read")
    assert small.ask("/everybodys", key(owner, Scope.CODER_ALL)).status_code == 200


def test_a_registered_object_is_its_owners(
    small: Small, owner: Client, alice: Client, workspace: str
) -> None:
    mallory = owner.users.create(
        email=f"{unique('mallory')}@example.test",
        username=unique("mallory"),
        password="Str0ng-Passw0rd!x",
    )
    hers = owner.sign_in(mallory.email, "Str0ng-Passw0rd!x")
    for method, good in (("GET", 200), ("DELETE", 204)):
        assert small.ask(f"/workspaces/{workspace}", alice.token, method=method).status_code == good
        assert small.ask(f"/workspaces/{workspace}", hers.token, method=method).status_code == 404
    for unknown in (str(uuid4()), "nonsense", workspace[:-1], "%00"):
        assert small.ask(f"/workspaces/{unknown}", alice.token).status_code == 404


def test_what_is_shared_for_reading_is_only_read(
    small: Small, owner: Client, alice: Client
) -> None:
    shared = str(uuid4())
    [organization] = alice.users.get().organization_ids
    readers: AccessList = {str(alice.users.get().id): ["read"]}
    owner.objects.put(
        "workspace", shared, organization_id=organization, owner_id="me", acl_user_list=readers
    )

    assert small.ask(f"/workspaces/{shared}", alice.token).status_code == 200
    denied = small.ask(f"/workspaces/{shared}", alice.token, method="DELETE")
    assert is_denied(denied, "workspace:delete")
    assert small.ask(f"/workspaces/{shared}", owner.token, method="DELETE").status_code == 204


def test_a_missing_scope_is_named_on_objects(small: Small, alice: Client, workspace: str) -> None:
    path = f"/workspaces/{workspace}"
    reads, neither = key(alice, Scope.WORKSPACE_READ), key(alice, Scope.FILE_READ)
    blind = key(alice, Scope.WORKSPACE_DELETE)
    both = key(alice, Scope.WORKSPACE_READ, Scope.WORKSPACE_DELETE)

    assert lacks(small.ask(path, reads, method="DELETE"), "workspace:delete")
    assert lacks(small.ask(path, blind, method="DELETE"), "workspace:read")
    refused = small.ask(path, neither, method="DELETE")
    assert lacks(refused, "workspace:read", "workspace:delete")
    assert lacks(small.ask(path, neither), "workspace:read")
    assert small.ask(path, both, method="DELETE").status_code == 204
    # The same of what does not exist: it tells nothing.
    assert lacks(small.ask(f"/workspaces/{uuid4()}", neither), "workspace:read")


def test_a_key_for_one_object_opens_no_other_and_no_list(
    small: Small, owner: Client, alice: Client, workspace: str
) -> None:
    other = str(uuid4())
    owner.objects.put("workspace", other, owner_id=alice.users.get().id)
    confined = key(alice, Scope.WORKSPACE_READ, allow_list=[f"workspace:{workspace}"])

    assert small.ask(f"/workspaces/{workspace}", confined).status_code == 200
    assert small.ask(f"/workspaces/{other}", confined).status_code == 404
    assert small.ask(f"/workspaces/{other}", key(alice, Scope.WORKSPACE_READ)).status_code == 200
    assert is_denied(small.ask("/workspaces", confined), "whose allow list has workspace:*")


def test_an_action_has_needs_of_its_own(small: Small, alice: Client, workspace: str) -> None:
    path = f"/workspaces/{workspace}/start"
    starts = key(alice, Scope.WORKSPACE_READ, Scope.WORKSPACE_START)

    answer = small.ask(path, starts, method="POST")
    assert (answer.status_code, answer.json()) == (200, {"may_stop": False})
    assert small.ask(path, alice.token, method="POST").json() == {"may_stop": True}
    refused = small.ask(path, key(alice, Scope.WORKSPACE_READ), method="POST")
    assert lacks(refused, "workspace:start")


def test_what_a_view_has_no_handler_for_is_not_allowed(small: Small, alice: Client) -> None:
    assert small.ask("/workspaces", alice.token, method="PUT").status_code == 405
    assert small.ask("/workspaces", method="PUT").status_code == 401
    assert small.ask("/workspaces", alice.token, method="OPTIONS").status_code == 200
    assert small.ask("/workspaces", method="OPTIONS").status_code == 401
