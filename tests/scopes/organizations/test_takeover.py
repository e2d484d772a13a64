"""Nobody puts out a member, or takes a role from members, who may do more there than they."""

import pytest
from pytest_django import Settings

from accounts.models import User
from scopes.models import CustomRole, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import refused
from tests.people import Api, make_user, signed_in

BEYOND = "You cannot do this to somebody who has more rights than you."
MEMBER = "/organizations/default/members/ada"
ROLES = "/organizations/default/members/roles"


def role(name: str, *permissions: str) -> None:
    stored = [dict(zip(("resource_type", "action"), one.split(":"), strict=True))
              for one in permissions]  # fmt: skip
    CustomRole.objects.create(name=name, organization=default_organization(), permissions=stored)


def remover(*more: str) -> Api:
    """Return a client of somebody whose role removes members, and more."""
    role("remover", "organization_member:read", "organization_member:delete", *more)
    return signed_in(make_user("rem", organization_roles=["remover"]))


@pytest.mark.parametrize(
    "held", ["organization-admin", "organization-user-admin", "organization-auditor", "deployer"]
)
def test_who_may_do_more_there_stays(db: None, held: str) -> None:
    role("deployer", "workspace:create")
    api = remover()
    ada = make_user("ada", organization_roles=[held])

    answer = api.delete(MEMBER)

    refused(answer, 403, BEYOND, detail=f"They hold {held}. Ask an owner to do this.")
    assert Membership.objects.filter(user=ada).exists()


@pytest.mark.parametrize("held", ["", "remover", "organization-workspace-creation-ban"])
def test_who_may_not_do_more_is_removed(db: None, held: str) -> None:
    api = remover()
    ada = make_user("ada", organization_roles=[held] if held else [])

    assert api.delete(MEMBER).status_code == 204

    assert not Membership.objects.filter(user=ada).exists()


@pytest.mark.parametrize("held", ["organization-admin", "organization-auditor"])
def test_an_admin_of_the_organization_removes_everybody(db: None, held: str) -> None:
    api = signed_in(make_user("boss", organization_roles=["organization-admin"]))
    make_user("ada", organization_roles=[held])

    assert api.delete(MEMBER).status_code == 204


def test_an_owner_of_the_deployment_removes_everybody(as_owner: Api) -> None:
    make_user("ada", organization_roles=["organization-admin"])

    assert as_owner.delete(MEMBER).status_code == 204


# What somebody may do elsewhere they may do as before.
def test_roles_elsewhere_and_at_the_site_do_not_count(db: None) -> None:
    api = remover()
    ada = make_user("ada", roles=["owner"])
    other = Organization.objects.create(name="other")
    Membership.objects.create(user=ada, organization=other, roles=["organization-admin"])

    assert api.delete(MEMBER).status_code == 204


def test_a_role_that_permits_more_is_neither_changed_nor_deleted(db: None) -> None:
    role("editor", "assign_org_role:read", "assign_org_role:update", "assign_org_role:delete")
    role("deployer", "workspace:create")
    role("reader", "assign_org_role:read")
    api = signed_in(make_user("ed", organization_roles=["editor"]))

    assert api.put(ROLES, {"name": "deployer"}).status_code == 403
    assert api.delete(f"{ROLES}/deployer").status_code == 403
    assert CustomRole.objects.get(name="deployer").permissions
    assert api.put(ROLES, {"name": "reader"}).status_code == 200
    assert api.delete(f"{ROLES}/reader").status_code == 204


def test_a_deployment_may_switch_it_off(db: None, settings: Settings) -> None:
    api = remover()
    make_user("ada", organization_roles=["organization-admin"])
    assert api.delete(MEMBER).status_code == 403

    settings.PROTECT_OWNERS = False

    assert api.delete(MEMBER).status_code == 204
    assert User.objects.get(username="ada")
