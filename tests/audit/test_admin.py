"""The audit in the admin: read-only, and the rows of the API."""

import pytest
from django.test import Client

from accounts.models import User
from scopes.models import Organization
from scopes.organizations.selectors import default_organization
from tests.audit.entries import make_entries
from tests.pages import visitor
from tests.people import make_user, signed_in

LIST = "/admin/audit/entry/"


def text_of(client: Client, path: str = LIST) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_owner_reads_an_entry_and_changes_nothing(owner: User) -> None:
    diff = {"name": {"old": "<b>", "new": "x", "secret": False}}
    (entry,) = make_entries(1, resource_target="somebody", diff=diff)
    client = visitor(owner)

    assert "somebody" in text_of(client)
    page = text_of(client, f"{LIST}{entry.pk}/change/")
    assert "&lt;b&gt;" in page
    assert 'name="_save"' not in page
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{entry.pk}/change/", {"action": "x"}).status_code == 403


@pytest.mark.parametrize(("roles", "status"), [(["auditor"], 200), (["user-admin"], 403)])
def test_people_who_may_not_read_the_audit_are_refused(
    db: None, roles: list[str], status: int
) -> None:
    make_entries(1)

    assert visitor(make_user("u", roles=roles)).get(LIST).status_code == status
    assert visitor(make_user("owner", roles=["owner"])).get(LIST).status_code == 200


def test_auditor_of_an_organization_reads_its_entries_here_as_over_the_api(db: None) -> None:
    other = Organization.objects.create(name="other")
    make_entries(1, resource_target="here", organization_id=default_organization().pk)
    (hidden,) = make_entries(1, resource_target="elsewhere", organization_id=other.pk)
    auditor = make_user("u", organization_roles=["organization-auditor"])
    client = visitor(auditor)

    page = text_of(client)

    assert ">here<" in page
    assert "elsewhere" not in page
    assert client.get(f"{LIST}{hidden.pk}/change/").status_code != 200
    read = signed_in(auditor).get("/audit").json()["audit_logs"]
    assert [entry["resource_target"] for entry in read] == ["here"]


@pytest.mark.parametrize("path", ["/admin/", LIST])
def test_auditor_of_an_organization_comes_in_and_its_other_members_do_not(
    db: None, path: str
) -> None:
    auditor = make_user("auditor", organization_roles=["organization-auditor"])
    member = make_user("member")

    assert visitor(auditor).get(path).status_code == 200
    assert visitor(auditor, scopes=["workspace:read"]).get(path).status_code == 403
    assert visitor(auditor, scopes=["audit_log:read"]).get(path).status_code == 200
    assert visitor(member).get(path).status_code == 403


def test_auditor_of_an_organization_is_offered_the_administration(db: None) -> None:
    auditor = make_user("auditor", organization_roles=["organization-auditor"])

    assert visitor(auditor).get("/").headers["Location"] == "/keys"
    assert visitor(make_user("member")).get("/").headers["Location"] == "/account"
