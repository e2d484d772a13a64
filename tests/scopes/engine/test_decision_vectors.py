"""Hold the engine against every recorded decision."""

import json
from typing import Any

from scopes.engine.catalog import FULL
from scopes.engine.decision import Grant, Object, Subject, decide, prepare
from scopes.engine.roles import MEMBER, ORGANIZATION_MEMBER, ORGANIZATION_ROLES, SITE_ROLES
from tests.places import DATA

VECTORS = json.loads((DATA / "decisions.json").read_text())
ALICE = "8f0bd3a5-1d9a-4c6e-9a0c-0d2a7c1b5a01"
ORGANIZATION = "8f0bd3a5-1d9a-4c6e-9a0c-0d2a7c1b5a02"
MALLORY = "8f0bd3a5-1d9a-4c6e-9a0c-0d2a7c1b5a03"
PLACEHOLDERS = {"me": ALICE, "$org": ORGANIZATION, "$other": MALLORY}
BAN = "organization-workspace-creation-ban"


def _subject(described: str) -> Subject:
    roles, _, scope = described.partition(" with ")
    grants = [Grant(SITE_ROLES[MEMBER])]
    if roles != "member of no organization":
        grants.append(Grant(ORGANIZATION_ROLES[ORGANIZATION_MEMBER], ORGANIZATION))
        for name in roles.replace("+ban", f"+{BAN}").split("+"):
            if name in SITE_ROLES:
                grants.append(Grant(SITE_ROLES[name]))
            else:
                grants.append(Grant(ORGANIZATION_ROLES[name], ORGANIZATION))
    return prepare(id=ALICE, grants=grants, scopes=(scope or FULL,))


def _object(resource: str, variation: dict[str, Any]) -> Object:
    owner, organization = variation.get("owner_id", ""), variation.get("organization_id", "")
    return Object(
        type=resource,
        owner=PLACEHOLDERS.get(owner, owner),
        organization=PLACEHOLDERS.get(organization, organization),
        any_organization=variation.get("any_org", False),
    )


def test_every_recorded_decision_holds() -> None:
    wrong, asked = [], 0
    for described, table in VECTORS["decisions"].items():
        subject = _subject(described)
        scoped = " with " in described
        names = VECTORS["variations_for_scopes"] if scoped else list(VECTORS["variations"])
        for pair, expected in table.items():
            resource, action = pair.split(":")
            for name, answer in zip(names, expected, strict=True):
                asked += 1
                obj = _object(resource, VECTORS["variations"][name])
                if decide(subject, action, obj).allowed != (answer == "1"):
                    wrong.append((described, pair, name, answer))
    assert wrong == []
    assert asked == 26_325
