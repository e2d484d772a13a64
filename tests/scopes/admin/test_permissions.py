"""Who may enter the admin, and what each role sees and may do there."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from scopes.backends import DecisionBackend
from scopes.callers import find_caller
from scopes.models import Key
from scopes.organizations.selectors import default_organization
from tests.pages import act, text_of, visitor
from tests.people import make_key, make_user

USERS, KEYS, ORGANIZATIONS = (
    "/admin/accounts/user/",
    "/admin/scopes/key/",
    "/admin/scopes/organization/",
)


def test_strangers_are_sent_to_sign_in_and_back(db: None) -> None:
    response = visitor().get(f"{USERS}?q=a", follow=True)
    assert response.redirect_chain[0][0] == "/admin/login/?next=/admin/accounts/user/%3Fq%3Da"
    assert response.redirect_chain[1][0] == "/login?next=%2Fadmin%2Faccounts%2Fuser%2F%3Fq%3Da"


def test_members_are_told_that_they_may_not_enter(owner: User, alice: User) -> None:
    for path in ("/admin/", USERS, KEYS, ORGANIZATIONS, "/admin/accounts/", "/admin/nowhere/"):
        response = visitor(alice).get(path)
        assert response.status_code == 403
        assert "those who may see more than their own account" in text_of(response)
    assert visitor(owner).get("/admin/").status_code == 200


def test_a_suspended_owner_is_nobody(owner: User) -> None:
    client = visitor(owner)
    assert client.get("/admin/").status_code == 200
    User.objects.filter(pk=owner.pk).update(status="suspended")
    assert client.get("/admin/").status_code == 302


def test_the_address_without_its_slash_leads_in(owner: User) -> None:
    assert visitor(owner).get("/admin").url == "/admin/"


def test_djangos_own_sign_out_and_password_pages_are_ours(owner: User) -> None:
    client = visitor(owner)
    assert client.get("/admin/logout/").url == "/logout"
    assert client.get("/admin/password_change/").status_code == 404
    page = client.get("/admin/").content.decode()
    assert 'action="/logout"' in page
    assert "Recent actions" not in page


@pytest.mark.parametrize(
    ("role", "others_keys", "may_create", "may_suspend"),
    [
        ("owner", True, True, True),
        ("user-admin", False, True, True),
        ("auditor", False, False, False),
        ("template-admin", False, False, False),
    ],
)
def test_each_role_sees_and_does_what_the_engine_lets_it(
    alice: User, role: str, others_keys: bool, may_create: bool, may_suspend: bool
) -> None:
    make_key(alice, login_type="token", name="alices")
    client = visitor(make_user("rosa", roles=[role]))
    assert "alice@example.test" in text_of(client.get(USERS))
    assert ("alices" in text_of(client.get(KEYS))) is others_keys
    assert "coder" in text_of(client.get(ORGANIZATIONS))
    assert (client.get(f"{USERS}add/").status_code == 200) is may_create
    act(client, USERS, "suspend", alice)
    assert (User.objects.get(pk=alice.pk).status == "suspended") is may_suspend


def test_the_page_offers_only_what_may_be_done(owner: User, alice: User) -> None:
    auditor = visitor(make_user("rosa", roles=["auditor"]))
    path = f"{USERS}{alice.pk}/change/"
    assert 'value="suspend"' not in auditor.get(path).content.decode()
    assert 'value="suspend"' in visitor(owner).get(path).content.decode()
    himself = f"{USERS}{owner.pk}/change/"
    assert 'value="suspend"' not in visitor(owner).get(himself).content.decode()


def test_a_user_admin_does_not_touch_an_owner(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(status="suspended")
    act(visitor(make_user("uma", roles=["user-admin"])), USERS, "activate", owner)
    assert User.objects.get(pk=owner.pk).status == "suspended"
    act(visitor(make_user("olga", roles=["owner"])), USERS, "activate", owner)
    assert User.objects.get(pk=owner.pk).status == "active"


def test_a_narrow_key_of_an_owner_does_no_more_than_its_scope(owner: User, alice: User) -> None:
    key = Key.objects.get(pk=make_key(alice, login_type="token", name="alices")[:10])
    reader = visitor(owner, scopes=["user:read"])
    assert "alice" in text_of(reader.get(USERS))
    assert reader.get(f"{USERS}add/").status_code == 403
    assert reader.get(KEYS).status_code == 403
    act(reader, USERS, "suspend", alice)
    act(reader, KEYS, "revoke", key)
    assert User.objects.get(pk=alice.pk).status == "active"
    assert Key.objects.filter(pk=key.pk).exists()
    act(visitor(owner), KEYS, "revoke", key)
    assert not Key.objects.filter(pk=key.pk).exists()


def test_a_key_that_reads_nothing_of_others_does_not_enter(owner: User) -> None:
    assert visitor(owner, scopes=["workspace:read"]).get("/admin/").status_code == 403
    assert visitor(owner, scopes=["organization:read"]).get("/admin/").status_code == 200


def test_an_allow_list_that_names_a_few_does_not_enter(owner: User, alice: User) -> None:
    few = visitor(owner, allow_list=[f"user:{alice.pk}"])
    assert few.get("/admin/").status_code == 403
    assert visitor(owner, allow_list=["user:*"]).get(USERS).status_code == 200


def test_an_allow_list_opens_only_the_pages_it_names(owner: User, alice: User) -> None:
    mixed = visitor(owner, allow_list=["organization:*", f"user:{alice.pk}"])
    assert mixed.get(USERS).status_code == 403
    assert "alice@example.test" in text_of(mixed.get(f"{USERS}{alice.pk}/change/"))
    assert mixed.get(f"{USERS}{owner.pk}/change/").status_code == 403


def permits(user: User, permission: str, row: Any = None, **key: Any) -> bool:
    found = User.objects.get(pk=user.pk)
    found.caller = find_caller(make_key(user, **key)[:10])
    return found.has_perm(permission, row)


def test_djangos_permission_checks_ask_the_engine(owner: User, alice: User) -> None:
    assert permits(owner, "accounts.view_user")
    assert not permits(alice, "accounts.view_user")
    assert permits(alice, "accounts.view_user", alice)
    assert not permits(alice, "accounts.view_user", owner)
    assert permits(alice, "scopes.view_organization", default_organization())
    assert not permits(owner, "accounts.change_user", scopes=["user:read"])


def test_what_the_engine_does_not_know_is_refused(owner: User, alice: User) -> None:
    assert not permits(owner, "accounts.frobnicate_user")
    assert not permits(owner, "audit.view_chain")
    assert not permits(owner, "accounts.view_user", default_organization())
    assert not User.objects.get(pk=owner.pk).has_perm("accounts.view_user")
    assert not DecisionBackend().has_perm(AnonymousUser(), "accounts.view_user")


def test_everybody_who_may_enter_has_a_module(owner: User, alice: User) -> None:
    found = User.objects.get(pk=owner.pk)
    assert not found.is_staff
    found.caller = find_caller(make_key(owner)[:10])
    assert found.is_staff
    assert found.has_module_perms("accounts")
    assert found.has_module_perms("audit")
    assert not found.has_module_perms("coderauth")
    assert found.is_active
    found.status = "suspended"
    assert not found.is_active
