"""Groups and site roles that follow the provider (accounts.md 2.14 row 2)."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import Entry
from scopes.models import Group, GroupMembership, Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.accounts.arrivals import arrive, somebody, whose
from tests.expect import refused
from tests.oidc import configure, oidc_config
from tests.people import make_user, signed_in

ISSUER = "https://id.example.test"


def group(name: str, organization: Organization | None = None) -> Group:
    return Group.objects.create(name=name, organization=organization or default_organization())


def groups_of(user: User) -> set[str]:
    return set(GroupMembership.objects.filter(user=user).values_list("group__name", flat=True))


def follow(settings: Any, **fields: Any) -> None:
    configure(settings, oidc_config(ISSUER, **fields))


def come(**says: Any) -> User:
    return whose(arrive(somebody("ada", **says)))


# --- groups ------------------------------------------------------------------------------------
def test_somebody_is_in_the_groups_of_the_claim_and_in_no_other(owner: User, settings: Any) -> None:
    for name in ("engineers", "writers", "Poets"):
        group(name)
    follow(settings, group_field="groups", group_mapping={"eng": "engineers"})
    ada = come(groups=("eng", "poets", "unknown", "Everyone", "", "not a name!"))
    assert groups_of(ada) == {"engineers", "Poets"}
    come(groups=("writers",))
    assert groups_of(ada) == {"writers"}
    come(groups=())
    assert groups_of(ada) == set()
    assert Group.objects.count() == 3


# accounts.md T169
def test_without_the_sync_a_claim_does_nothing(owner: User, settings: Any) -> None:
    ada = come()
    GroupMembership.objects.create(user=ada, group=group("engineers"))
    follow(settings)
    come(groups=None)
    assert groups_of(ada) == {"engineers"}


def test_other_people_and_other_organizations_stay_as_they_are(owner: User, settings: Any) -> None:
    engineers, elsewhere = group("engineers"), Organization.objects.create(name="elsewhere")
    theirs = group("engineers", elsewhere)
    ada = come()
    Membership.objects.create(user=ada, organization=elsewhere)
    GroupMembership.objects.create(user=ada, group=theirs)
    GroupMembership.objects.create(user=owner, group=engineers)
    follow(settings, group_field="groups")
    come(groups=())
    assert list(GroupMembership.objects.filter(user=ada)) == [GroupMembership.objects.get(user=ada)]
    assert groups_of(owner) == {"engineers"}


def test_missing_groups_are_made_when_that_is_wanted(owner: User, settings: Any) -> None:
    follow(settings, group_field="groups")
    ada = come(groups=("engineers", "a b"))
    assert groups_of(ada) == set()
    follow(settings, group_field="groups", group_auto_create=True)
    come(groups=("Engineers", "a b", "everyone"))
    assert groups_of(ada) == {"Engineers"}
    entry = Entry.objects.get(action="create", resource_type="group")
    assert entry.resource_target == "Engineers"
    assert entry.additional_fields["automatic_subsystem"] == "group_sync"


def test_a_person_who_left_the_organization_joins_it_again(owner: User, settings: Any) -> None:
    ada = come()
    Membership.objects.filter(user=ada).delete()
    group("engineers")
    follow(settings, group_field="groups")
    come(groups=("engineers",))
    assert Membership.objects.filter(user=ada).count() == 1
    assert groups_of(ada) == {"engineers"}


def test_a_change_is_audited_as_the_syncs_and_no_change_is_not(owner: User, settings: Any) -> None:
    group("engineers")
    follow(settings, group_field="groups")
    ada = come(groups=("engineers",))
    come(groups=("engineers",))
    entry = Entry.objects.get(additional_fields__automatic_subsystem="group_sync")
    assert (entry.actor_id, entry.resource_id) == (ada.pk, str(ada.pk))
    assert entry.diff == {"groups": {"old": [], "new": ["engineers"], "secret": False}}
    assert entry.additional_fields["provider"] == "oidc"


# --- roles -------------------------------------------------------------------------------------
def test_somebody_has_the_roles_of_the_claim_and_no_other(owner: User, settings: Any) -> None:
    follow(
        settings,
        role_field="roles",
        role_mapping={"it": ("user-admin", "template-admin"), "boss": ("owner",)},
        role_default=("auditor",),
    )
    ada = come(roles=("it", "nonsense", "organization-admin", "member"))
    assert set(ada.site_roles) == {"auditor", "template-admin", "user-admin"}
    assert set(come(roles=("template-admin",)).site_roles) == {"auditor", "template-admin"}
    assert come(roles=()).site_roles == ["auditor"]


def test_only_a_mapping_makes_an_owner(owner: User, settings: Any) -> None:
    follow(settings, role_field="roles")
    assert come(roles=("owner", "user-admin")).site_roles == ["user-admin"]
    follow(settings, role_field="roles", role_mapping={"owner": ("owner",)})
    assert come(roles=("owner",)).site_roles == ["owner"]


def test_the_last_active_owner_stays_one(db: None, settings: Any) -> None:
    follow(settings, role_field="roles")
    ada = come(roles=())
    assert ada.site_roles == ["owner"]
    make_user("grace", roles=["owner"], status="suspended")
    assert come(roles=("auditor",)).site_roles == ["owner", "auditor"]
    entry = Entry.objects.get(additional_fields__automatic_subsystem="role_sync")
    assert entry.additional_fields["kept_last_owner"] is True
    make_user("owner", roles=["owner"])
    assert come(roles=("auditor",)).site_roles == ["auditor"]


def test_a_change_of_roles_is_audited_as_the_syncs(owner: User, settings: Any) -> None:
    follow(settings, role_field="roles")
    ada = come(roles=("auditor",))
    come(roles=("auditor",))
    entry = Entry.objects.get(additional_fields__automatic_subsystem="role_sync")
    assert (entry.action, entry.resource_type, entry.actor_id) == ("write", "user", ada.pk)
    assert entry.diff == {"rbac_roles": {"old": [], "new": ["auditor"], "secret": False}}


# accounts.md 2.14 row 2, before row 3
@pytest.mark.parametrize("is_oneself", [True, False])
def test_roles_of_the_provider_are_not_changed_here(
    owner: User, settings: Any, is_oneself: bool
) -> None:
    ada = come()
    User.objects.filter(pk=ada.pk).update(site_roles=["owner"])
    caller = signed_in(ada if is_oneself else owner)
    follow(settings, role_field="roles")
    refused(
        caller.put("/users/ada/roles", {"roles": []}),
        400,
        "Cannot modify roles for OIDC users when role sync is enabled.",
        detail="Change them at the provider; they follow at the next sign-in.",
    )
    follow(settings)
    assert caller.put("/users/ada/roles", {"roles": []}).status_code == (400 if is_oneself else 200)


def test_roles_of_people_with_passwords_are_changed_here(
    owner: User, alice: User, settings: Any
) -> None:
    follow(settings, role_field="roles")
    assert signed_in(owner).put("/users/alice/roles", {"roles": ["auditor"]}).status_code == 200


def test_only_the_provider_that_syncs_decides(owner: User, settings: Any) -> None:
    come()
    configure(settings, oidc_config(ISSUER), oidc_config(f"{ISSUER}/2", id="2", role_field="roles"))
    as_owner = signed_in(owner)
    assert as_owner.put("/users/ada/roles", {"roles": ["auditor"]}).status_code == 200
    make_user("grace", login_type="oidc")
    assert as_owner.put("/users/grace/roles", {"roles": ["auditor"]}).status_code == 400
