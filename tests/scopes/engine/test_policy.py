import pytest

from scopes.engine.policy import (
    ACTION_DESCRIPTIONS,
    RESOURCE_DETAILS,
    RESOURCES,
    expand_pattern,
)
from tests.programs import run_python


def test_types_and_their_actions_are_sorted() -> None:
    assert list(RESOURCES) == sorted(RESOURCES)
    assert all(list(actions) == sorted(set(actions)) for actions in RESOURCES.values())


def test_policy_has_every_type_and_action() -> None:
    assert len(RESOURCES) == 41
    assert sum(len(actions) for actions in RESOURCES.values()) == 144
    every = {action for actions in RESOURCES.values() for action in actions}
    assert set(ACTION_DESCRIPTIONS) == every


def test_later_additions_are_in_the_policy() -> None:
    assert RESOURCES["task"] == ("create", "delete", "read", "update")
    assert "share" in RESOURCES["workspace"]
    assert "share" in RESOURCES["workspace_dormant"]


def test_every_type_and_action_is_described_in_one_sentence() -> None:
    texts = list(ACTION_DESCRIPTIONS.values())
    for resource in RESOURCE_DETAILS.values():
        texts += [resource.description, *resource.actions.values()]
    assert all(text.endswith(".") and text[0].isupper() and "{" not in text for text in texts)


def test_pattern_lists_the_known_pairs_it_matches() -> None:
    assert expand_pattern("file", "*") == (("file", "create"), ("file", "read"))
    assert expand_pattern("file", "read") == (("file", "read"),)
    assert len(expand_pattern("*", "*")) == sum(len(actions) for actions in RESOURCES.values())


@pytest.mark.parametrize(("resource", "action"), [("bogus", "*"), ("file", "bogus"), ("", "")])
def test_unknown_pattern_matches_nothing(resource: str, action: str) -> None:
    assert expand_pattern(resource, action) == ()


@pytest.mark.parametrize(
    "module", ["policy", "roles", "catalog", "decision", "allow_list", "explain"]
)
def test_module_loads_without_django(module: str) -> None:
    code = (
        f"import sys, scopes.engine.{module}; "
        "sys.exit(any(n.split('.')[0] in ('django', 'rest_framework') for n in sys.modules))"
    )
    assert run_python("-c", code).returncode == 0
