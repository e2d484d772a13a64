"""Organizations and their members in the admin: to look at."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coderauth.http.admin_inlines import MOST
from scopes.models import Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.pages import text_of, visitor
from tests.people import make_user

LIST = "/admin/scopes/organization/"


def page_of(organization: Organization) -> str:
    return f"{LIST}{organization.pk}/change/"


def test_an_owner_sees_organizations_and_their_members(owner: User, alice: User) -> None:
    client = visitor(owner)
    assert "coder" in text_of(client.get(LIST))
    page = text_of(client.get(page_of(default_organization())))
    assert "alice" in page
    assert "Coder" in page


def test_nothing_is_changed_here(owner: User) -> None:
    organization = default_organization()
    client = visitor(owner)
    assert client.post(page_of(organization), {"name": "mine"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}{organization.pk}/delete/").status_code == 404
    assert Organization.objects.get().name == "coder"


def test_deleted_people_are_members_no_more(owner: User, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    page = text_of(visitor(owner).get(page_of(default_organization())))
    assert "alice" not in page


def test_an_organization_admin_sees_their_own_only(alice: User) -> None:
    theirs = Organization.objects.create(name="theirs")
    other = Organization.objects.create(name="other-tenant")
    admin = make_user("otto", organization=theirs, organization_roles=["organization-admin"])
    Membership.objects.create(user=alice, organization=theirs)
    client = visitor(admin)
    page = text_of(client.get(LIST))
    assert ("theirs" in page, "other-tenant" in page) == (True, False)
    assert "alice" in text_of(client.get(page_of(theirs)))
    assert client.get(page_of(other)).status_code == 302


def test_a_page_bears_a_hundred_members_and_says_so(owner: User) -> None:
    organization = default_organization()
    client = visitor(owner)
    people = [User(username=f"u{n:03}", email=f"u{n}@example.test") for n in range(MOST)]
    User.objects.bulk_create(people)
    Membership.objects.bulk_create(
        Membership(user=person, organization=organization) for person in people[1:]
    )
    page = text_of(client.get(page_of(organization)))
    assert "u099" in page
    assert "the first" not in page

    Membership.objects.create(user=people[0], organization=organization)
    with CaptureQueriesContext(connection) as asked:
        page = text_of(client.get(page_of(organization)))
    assert "Members (the first 100)" in page
    assert [name in page for name in ("owner", "u000", "u098", "u099")] == [True, True, True, False]
    assert len(asked) < 15


def test_members_are_found_among_the_users(owner: User, alice: User) -> None:
    theirs = Organization.objects.create(name="theirs")
    make_user("otto", organization=theirs)
    client = visitor(owner)
    page = text_of(client.get(f"/admin/accounts/user/?organization={theirs.pk}"))
    assert ("otto@example.test" in page, "alice@example.test" in page) == (True, False)
    page = text_of(client.get("/admin/accounts/user/"))
    assert ("otto@example.test" in page, "alice@example.test" in page) == (True, True)


def test_the_filter_tells_nobody_who_is_a_member(owner: User, alice: User) -> None:
    where = f"/admin/accounts/user/?organization={default_organization().pk}"
    scopes = ["organization:read", "user:read"]
    assert "alice@example.test" not in text_of(visitor(owner, scopes=scopes).get(where))
    scopes.append("organization_member:read")
    assert "alice@example.test" in text_of(visitor(owner, scopes=scopes).get(where))


def test_members_are_hidden_from_who_may_not_read_them(alice: User) -> None:
    organization = default_organization()
    role = ["organization-admin"]
    narrow = visitor(
        make_user("otto", organization_roles=role), scopes=["organization:read", "user:read"]
    )
    wide = visitor(make_user("olga", organization_roles=role))
    assert "alice" not in text_of(narrow.get(page_of(organization)))
    assert "alice" in text_of(wide.get(page_of(organization)))


def test_the_list_costs_the_same_for_one_and_for_fifty(owner: User) -> None:
    client = visitor(owner)
    client.get(LIST)  # The key's use is noted once.
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for number in range(49):
        Organization.objects.create(name=f"tenant{number}")
    with CaptureQueriesContext(connection) as many:
        assert "tenant48" in text_of(client.get(LIST))
    assert len(few) == len(many) == 4


def test_a_page_costs_the_same_for_one_member_and_for_fifty(owner: User) -> None:
    client = visitor(owner)
    path = page_of(default_organization())
    client.get(path)  # The key's use is noted once.
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for number in range(49):
        make_user(f"user{number}")
    with CaptureQueriesContext(connection) as many:
        assert "user48" in text_of(client.get(path))
    assert len(few) == len(many)
