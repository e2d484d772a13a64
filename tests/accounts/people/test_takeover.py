"""Nobody takes over an account that may do more than they, nor gets rid of it (decision D18)."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from scopes.models import CustomRole, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import STRONG, refused
from tests.people import Api, make_user, signed_in

BEYOND = "You cannot do this to somebody who has more rights than you."
ACTS: dict[str, Callable[[Api], Any]] = {
    "set the password": lambda api: api.put("/users/ada/password", {"password": STRONG}),
    "rename": lambda api: api.put("/users/ada/profile", {"username": "eve", "name": "Eve"}),
    "suspend": lambda api: api.put("/users/ada/status/suspend"),
    "activate": lambda api: api.put("/users/ada/status/activate"),
    "delete": lambda api: api.delete("/users/ada"),
}
# Site roles, and roles in the default organization, that permit what a user-admin may not.
MORE = [
    (["auditor"], []),
    (["template-admin"], []),
    (["user-admin", "auditor"], []),
    ([], ["organization-admin"]),
    ([], ["organization-auditor"]),
    ([], ["organization-template-admin"]),
    ([], ["deployer"]),
]
# Those that do not: what only forbids permits nothing, and names of no role neither.
NOT_MORE = [
    ([], []),
    (["member"], []),
    (["user-admin"], []),
    ([], ["organization-user-admin"]),
    ([], ["organization-workspace-creation-ban"]),
    ([], ["grouper"]),
    (["gone"], ["gone-too"]),
]


@pytest.fixture
def uma(db: None) -> Api:
    """Return a client of a user-admin, where two custom roles are known."""
    for name, resource in (("deployer", "workspace"), ("grouper", "group")):
        CustomRole.objects.create(
            name=name,
            organization=default_organization(),
            permissions=[{"resource_type": resource, "action": "create"}],
        )
    return signed_in(make_user("uma", roles=["user-admin"]))


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("site", "organization"), MORE)
def test_who_may_do_more_is_left_alone(
    uma: Api, act: str, site: list[str], organization: list[str]
) -> None:
    ada = make_user("ada", roles=site, organization_roles=organization)
    before = User.objects.values().get(pk=ada.pk)

    answer = ACTS[act](uma)

    roles = ", ".join(role for role in [*site, *organization] if role != "user-admin")
    detail = f"They hold {roles}. Ask an owner to do this."
    refused(answer, 403, BEYOND, detail=detail)
    assert User.objects.values().get(pk=ada.pk) == before


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("site", "organization"), NOT_MORE)
def test_who_may_not_do_more_is_managed(
    uma: Api, act: str, site: list[str], organization: list[str]
) -> None:
    make_user("ada", roles=site, organization_roles=organization)

    assert ACTS[act](uma).status_code < 300


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("site", "organization"), MORE)
def test_an_owner_manages_everybody(
    uma: Api, owner: User, act: str, site: list[str], organization: list[str]
) -> None:
    make_user("ada", roles=site, organization_roles=organization)

    assert ACTS[act](signed_in(owner)).status_code < 300


# What somebody holds in one organization counts there only, for both.
def test_the_same_role_elsewhere_is_more(db: None) -> None:
    other = Organization.objects.create(name="other")
    uma = make_user("uma", roles=["user-admin"], organization_roles=["organization-auditor"])
    ada = make_user("ada", organization=other, organization_roles=["organization-auditor"])
    assert ACTS["rename"](signed_in(uma)).status_code == 403

    Membership.objects.create(user=uma, organization=other, roles=["organization-auditor"])

    assert ACTS["rename"](signed_in(uma)).status_code == 200
    assert User.objects.get(pk=ada.pk).username == "eve"


def test_an_account_of_a_provider_is_not_moved_to_a_password_by_who_may_less(uma: Api) -> None:
    make_user("ada", roles=["auditor"], login_type="github")
    make_user("bob", login_type="github")

    assert uma.post("/users/ada/password-login").status_code == 403
    assert uma.post("/users/bob/password-login").status_code == 204


@pytest.mark.parametrize("role", ["auditor", "template-admin"])
def test_everybody_manages_themselves(db: None, role: str) -> None:
    ada = signed_in(make_user("ada", roles=[role]))

    assert ACTS["rename"](ada).status_code == 200


def test_a_deployment_may_switch_it_off(uma: Api, settings: Settings) -> None:
    make_user("ada", roles=["auditor"])
    assert ACTS["rename"](uma).status_code == 403

    settings.PROTECT_OWNERS = False

    assert ACTS["rename"](uma).status_code == 200
