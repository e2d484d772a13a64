import pytest

from scopes.engine.catalog import (
    ALIASES,
    PUBLIC,
    UnknownScopeError,
    canonical,
    expand,
    is_public,
    scopes_cover,
)
from scopes.engine.decision import Grant, Object, decide, prepare
from scopes.engine.policy import RESOURCES
from scopes.engine.roles import SITE_ROLES, Permission
from tests.scopes.engine.naive import COMPOSITES

LOW_LEVEL = [name for name in PUBLIC if ":" in name and not name.startswith("coder:")]


def test_public_list_is_sorted_by_byte_value_and_complete() -> None:
    assert list(PUBLIC) == sorted(set(PUBLIC), key=str.encode)
    assert len(PUBLIC) == 52
    assert {"user:read", "user:*", "all", "application_connect", *COMPOSITES} <= set(PUBLIC)


@pytest.mark.parametrize("name", LOW_LEVEL)
def test_listed_low_level_scope_is_exactly_its_one_permission(name: str) -> None:
    resource, action = name.split(":")
    assert expand(name).permissions == (Permission(resource, action),)
    assert expand(name).kind == ("wildcard" if action == "*" else "low_level")


@pytest.mark.parametrize("name", COMPOSITES)
def test_composite_expands_to_its_table_entry(name: str) -> None:
    wanted = {(r, action) for r, actions in COMPOSITES[name].items() for action in actions.split()}
    scope = expand(name)
    assert {(p.resource, p.action) for p in scope.permissions} == wanted
    assert len(scope.permissions) == len(wanted)
    assert scope.kind == "composite"


@pytest.mark.parametrize(
    "name",
    [
        "workspace:read",
        "template:use",
        "workspace:*",
        "coder:workspaces.create",
        "user:read",
        "all",
    ],
)
def test_public_scope_may_be_asked_for(name: str) -> None:
    assert is_public(name)


@pytest.mark.parametrize(
    "name", ["debug_info:read", "unknown:read", "no_user_data", "*:*", "user.*", "user:update", ""]
)
def test_other_name_may_not_be_asked_for(name: str) -> None:
    assert not is_public(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ":",
        "workspace:",
        ":read",
        "unknown:read",
        "workspace:bogus",
        "a:b:c",
        "workspace:read:x",
        "*:*",
        "*:read",
        "*",
        "Workspace:read",
        " workspace:read",
        "workspace:read\n",
        "user.*",
        "coder:nope",
    ],
)
def test_malformed_name_does_not_expand(name: str) -> None:
    with pytest.raises(UnknownScopeError):
        expand(name)


def test_unknown_scope_is_named_in_the_error() -> None:
    with pytest.raises(UnknownScopeError, match=r'^no scope named "workspace:bogus"$'):
        expand("workspace:bogus")


def test_every_pair_of_the_policy_is_a_scope() -> None:
    for resource, actions in RESOURCES.items():
        for action in (*actions, "*"):
            assert expand(f"{resource}:{action}").permissions == (Permission(resource, action),)


def test_full_scope_is_the_wildcard_permission() -> None:
    assert expand("coder:all").permissions == (Permission("*", "*"),)
    assert expand("coder:all").kind == "full"


def test_application_scope_opens_applications_only() -> None:
    scope = expand("coder:application_connect")
    assert scope.permissions == (Permission("workspace", "application_connect"),)


def test_scope_without_user_data_has_every_type_but_users() -> None:
    scope = expand("no_user_data")
    assert {p.resource for p in scope.permissions} == set(RESOURCES) - {"user"}
    assert {p.action for p in scope.permissions} == {"*"}
    assert scope.kind == "internal"


def test_short_names_become_their_long_ones() -> None:
    assert [canonical(name) for name in ALIASES] == ["coder:all", "coder:application_connect"]
    assert expand("all") is expand("coder:all")
    assert canonical("workspace:read") == "workspace:read"


@pytest.mark.parametrize("name", PUBLIC)
def test_public_scope_is_described_in_one_sentence_and_forbids_nothing(name: str) -> None:
    scope = expand(name)
    assert scope.description[0].isupper()
    assert scope.description.endswith(".")
    assert not any(permission.negate for permission in scope.permissions)


def test_several_scopes_permit_the_union() -> None:
    owner = prepare(
        id="owner",
        grants=[Grant(SITE_ROLES["owner"])],
        scopes=("workspace:read", "template:use", "workspace:read"),
    )
    assert decide(owner, "read", Object("workspace"))
    assert decide(owner, "use", Object("template"))
    assert not decide(owner, "update", Object("workspace"))


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (["coder:all"], ["workspace:read", "coder:templates.author", "all", "no_user_data"]),
        (["workspace:*"], ["workspace:read", "workspace:*", "coder:workspaces.delete"]),
        (["coder:workspaces.access"], ["workspace:ssh", "application_connect"]),
        (["template:*", "file:*"], ["coder:templates.author"]),
        (["workspace:read"], []),
    ],
)
def test_narrower_scopes_are_covered(held: list[str], wanted: list[str]) -> None:
    assert scopes_cover(held, wanted) == ()


@pytest.mark.parametrize(
    ("held", "wanted", "beyond"),
    [
        (["workspace:read"], ["workspace:read", "workspace:update"], ("workspace:update",)),
        (["workspace:*"], ["coder:all"], ("coder:all",)),
        (["no_user_data"], ["all", "user:read", "file:read"], ("all", "user:read")),
        (["template:*"], ["coder:templates.author"], ("coder:templates.author",)),
        ([], ["workspace:read"], ("workspace:read",)),
    ],
)
def test_wider_scopes_are_named(held: list[str], wanted: list[str], beyond: tuple[str]) -> None:
    assert scopes_cover(held, wanted) == beyond


def test_wildcard_is_covered_only_by_a_wildcard() -> None:
    held = [f"api_key:{action}" for action in RESOURCES["api_key"]]
    assert scopes_cover(held, ["api_key:*"]) == ("api_key:*",)
    assert scopes_cover(["api_key:*"], ["api_key:*"]) == ()
