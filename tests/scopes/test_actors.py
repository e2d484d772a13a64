"""The operator of the machine is a caller whom nothing is refused."""

import pytest

from scopes.actors import OPERATOR
from scopes.assignment import assignable_roles, plan_organization_roles, plan_site_roles
from scopes.engine.decision import Object, decide
from scopes.engine.policy import RESOURCES
from scopes.engine.roles import ORGANIZATION_ROLES, SITE_ROLES
from tests.expect import NIL


@pytest.mark.parametrize("kind", RESOURCES)
def test_the_operator_may_do_everything_to_everything(kind: str) -> None:
    objects = (
        Object(kind),
        Object(kind, id=NIL, owner="somebody", organization="anywhere"),
        Object(kind, any_organization=True),
    )

    refused = [
        (action, thing)
        for action in RESOURCES[kind]
        for thing in objects
        if not decide(OPERATOR.subject, action, thing)
    ]

    assert refused == []
    assert not decide(OPERATOR.subject, "bogus", Object(kind))


def test_the_operator_hands_out_every_role() -> None:
    assert plan_site_roles(OPERATOR, [], SITE_ROLES) == [*SITE_ROLES]
    assert assignable_roles(OPERATOR, "anywhere") >= {*ORGANIZATION_ROLES}
    roles = [*ORGANIZATION_ROLES, "builder"]
    planned = plan_organization_roles(
        OPERATOR, "anywhere", stored=[], wanted=roles, custom={"builder"}
    )
    assert planned == roles
