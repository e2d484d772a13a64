"""Every recorded decision again, asked of the API by real users, keys and roles (7.8)."""

import json
from typing import Any

import pytest

from accounts.models import User
from scopes.api.authcheck import MAX_EXPLAINED
from scopes.engine.roles import SITE_ROLES
from scopes.organizations.selectors import default_organization
from tests.people import Api, make_key, make_user
from tests.places import DATA

VECTORS = json.loads((DATA / "decisions.json").read_text())
BAN = "organization-workspace-creation-ban"


def _client(described: str) -> Api:
    roles, _, scope = described.partition(" with ")
    nowhere = roles == "member of no organization"
    names = [] if nowhere else roles.replace("+ban", f"+{BAN}").split("+")
    user = make_user(
        "subject",
        roles=[name for name in names if name in SITE_ROLES and name != "member"],
        organization_roles=[name for name in names if name not in SITE_ROLES],
        joins=not nowhere,
    )
    return Api(make_key(user, scopes=[scope or "coder:all"]))


def _checks(described: str, stranger: User) -> tuple[dict[str, Any], dict[str, bool]]:
    """Return all questions about a subject, and the recorded answers."""
    replaced = {"$org": str(default_organization().pk), "$other": str(stranger.pk)}
    scoped = " with " in described
    names = VECTORS["variations_for_scopes"] if scoped else list(VECTORS["variations"])
    checks: dict[str, Any] = {}
    expected: dict[str, bool] = {}
    for pair, answers in VECTORS["decisions"][described].items():
        resource, action = pair.split(":")
        for name, answer in zip(names, answers, strict=True):
            obj = {
                field: replaced.get(value, value)
                for field, value in VECTORS["variations"][name].items()
            }
            checks[f"{pair} {name}"] = {
                "object": {"resource_type": resource, **obj},
                "action": action,
            }
            expected[f"{pair} {name}"] = answer == "1"
    return checks, expected


@pytest.mark.parametrize("described", VECTORS["decisions"])
def test_api_answers_as_recorded(described: str, mallory: User) -> None:
    checks, expected = _checks(described, mallory)

    answer = _client(described).post("/authcheck", {"checks": checks})

    assert answer.status_code == 200
    answers = answer.json()
    assert {name for name in expected if answers[name] != expected[name]} == set()
    assert len(answers) == len(expected)


def test_all_recorded_decisions_are_asked(mallory: User) -> None:
    asked = sum(len(_checks(described, mallory)[0]) for described in VECTORS["decisions"])

    assert asked == 26_325


@pytest.mark.parametrize(
    "described", ["member", "organization-admin+ban", "owner with workspace:*"]
)
def test_explanations_agree_with_the_answers(described: str, mallory: User) -> None:
    checks, expected = _checks(described, mallory)

    client, names = _client(described), [*checks]
    answers: dict[str, Any] = {}
    for at in range(0, len(names), MAX_EXPLAINED):
        part = {name: checks[name] for name in names[at : at + MAX_EXPLAINED]}
        answers |= client.post("/authcheck/explain", {"checks": part}).json()

    assert {name: why["allowed"] for name, why in answers.items()} == expected
