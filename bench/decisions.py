"""What a decision costs in this process, and what the same one costs in Cedar (cedarpy).

python -m bench.decisions [--rounds N]
"""

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from itertools import count

import cedarpy

from bench.comparing import Spread, interleave, ratios
from scopes.engine.decision import Grant, Object, Subject, decide, prepare
from scopes.engine.roles import ORGANIZATION_ROLES, SITE_ROLES

ME = "6a1d3b1e-9f67-4e6e-9d6b-3c6f2f1f0a01"
HOME = "0b7c8a2e-52f3-4c57-8d3c-7e1f7d5b9c02"

# The same rule in Cedar: members do what they like with their own workspaces at home.
POLICY = """
permit (principal, action in [Action::"read", Action::"update"], resource is Workspace)
when { resource.owner == principal && principal in resource.organization };
"""
ENTITIES = json.dumps(
    [
        {
            "uid": {"type": "User", "id": ME},
            "attrs": {},
            "parents": [{"type": "Organization", "id": HOME}],
        },
        {"uid": {"type": "Organization", "id": HOME}, "attrs": {}, "parents": []},
        {
            "uid": {"type": "Workspace", "id": "w"},
            "attrs": {
                "owner": {"__entity": {"type": "User", "id": ME}},
                "organization": {"__entity": {"type": "Organization", "id": HOME}},
            },
            "parents": [],
        },
    ]
)
QUESTION = {
    "principal": f'User::"{ME}"',
    "action": 'Action::"read"',
    "resource": 'Workspace::"w"',
    "context": {},
}


def member(organizations: int = 1, first: int = 0) -> Subject:
    """Prepare a member of some organizations, with an administrator's role in each."""
    grants = [Grant(SITE_ROLES["member"])]
    for number in range(first, first + organizations):
        organization = HOME if number == 0 else f"organization-{number}"
        grants.append(Grant(ORGANIZATION_ROLES["organization-member"], organization))
        grants.append(Grant(ORGANIZATION_ROLES["organization-template-admin"], organization))
    return prepare(id=ME, grants=grants)


def microseconds(act: Callable[[], object], times: int) -> float:
    """Return the processor time of a call; waiting for busy neighbours is not counted."""
    start = time.thread_time()
    for _ in range(times):
        act()
    return (time.thread_time() - start) / times * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    subject, fresh = member(), count(1)
    mine = Object("workspace", owner=ME, organization=HOME)
    foreign = Object("workspace", owner="somebody", organization="elsewhere")
    shared = Object("workspace", organization=HOME, acl_users={ME: ["read"]})
    if (
        not decide(subject, "read", mine)
        or not cedarpy.is_authorized(QUESTION, POLICY, ENTITIES).allowed
    ):
        raise RuntimeError("both must allow what is compared")
    cedar, ours = "cedarpy: one's own workspace", "decide: one's own workspace"
    acts: dict[str, tuple[Callable[[], object], int]] = {
        cedar: (partial(cedarpy.is_authorized, QUESTION, POLICY, ENTITIES), 2_000),
        ours: (partial(decide, subject, "read", mine), 100_000),
        "decide: somebody else's": (partial(decide, subject, "read", foreign), 100_000),
        "decide: shared by an ACL": (partial(decide, subject, "read", shared), 100_000),
        "describing an object": (partial(Object, "workspace", "", ME, HOME, False), 100_000),
        "prepare, 1 organization": (member, 5_000),
        "prepare, 50 organizations": (lambda: member(50, next(fresh) * 50), 500),
    }
    measures = {name: partial(microseconds, *act) for name, act in acts.items()}
    figures = interleave(measures, rounds=rounds)
    print(f"µs of processor time, {rounds} rounds")
    for name, values in figures.items():
        print(f"{name:32}{Spread.of(values):.2f}")
    print(f"{'cedarpy / decide':32}{ratios(figures[cedar], figures[ours]):.0f}")


if __name__ == "__main__":
    main()
