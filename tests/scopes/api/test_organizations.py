from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from scopes.models import Organization
from scopes.organizations.selectors import default_organization
from tests.people import Api, make_user, signed_in
from tests.scopes.keyring import NOT_FOUND, narrowed

NIL = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def other(db: None) -> Organization:
    return Organization.objects.create(name="other", display_name="Other")


def names(api: Api, path: str = "/organizations") -> list[str]:
    answer = api.get(path)
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()]


def test_organization_on_the_wire(as_alice: Api) -> None:
    (shown,) = as_alice.get("/organizations").json()

    assert set(shown) == {
        "id", "name", "display_name", "icon", "description", "created_at", "updated_at",
        "is_default",
    }  # fmt: skip
    assert (shown["name"], shown["display_name"], shown["is_default"]) == ("coder", "Coder", True)


# authorization.md 5.4: every member can read their organization; owner and the site admins can read
# all.
@pytest.mark.parametrize("role", ["owner", "auditor", "template-admin", "user-admin"])
def test_site_roles_read_every_organization(other: Organization, role: str) -> None:
    api = signed_in(make_user("boss", roles=[role]))

    assert names(api) == ["coder", "other"]
    assert api.get("/organizations/other").status_code == 200


@pytest.mark.parametrize("role", ["organization-admin", "organization-auditor"])
def test_organization_role_reads_its_own_only(other: Organization, role: str) -> None:
    api = signed_in(make_user("boss", organization_roles=[role]))

    assert names(api) == ["coder"]
    assert api.get("/organizations/other").status_code == 404


# authorization.md 7.5: organization: unknown and garbage 404, not a member → 404; all four alike.
@pytest.mark.parametrize(
    "reference",
    [
        "other",
        "nonsense",
        "b1b29bcc-8bb9-4d38-9ace-f575085da4bc",
        "%00",
        "a%00b",
        "%20",
        "x" * 500,
        "%F0%9F%92%A5",
        "me",
        "%25",
        "_",
    ],
)
def test_what_one_may_not_read_looks_like_nothing(
    as_alice: Api, other: Organization, reference: str
) -> None:
    for path in ("", "/members"):
        answer = as_alice.get(f"/organizations/{reference}{path}")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_organization_is_named_in_five_ways(as_alice: Api) -> None:
    home = default_organization()

    for reference in (str(home.pk), home.pk.hex, "coder", "CODER", "default", NIL):
        assert as_alice.get(f"/organizations/{reference}").json()["id"] == str(home.pk)
    assert as_alice.get("/organizations/DEFAULT").status_code == 404


@pytest.mark.django_db
def test_stranger_to_the_default_organization_does_not_see_it(other: Organization) -> None:
    stranger = signed_in(make_user("far", organization=other))

    assert names(stranger) == ["other"]
    for reference in ("default", NIL, "coder"):
        assert stranger.get(f"/organizations/{reference}").status_code == 404
    assert names(signed_in(make_user("alone", joins=False))) == []


def test_narrowed_key_sees_organizations_with_the_scope_only(alice: User) -> None:
    without, with_it = narrowed(alice, "user:read"), narrowed(alice, "organization:read")

    assert names(without) == []
    assert without.get("/organizations/default").status_code == 404
    assert names(with_it) == ["coder"]
    assert with_it.get("/organizations/default").status_code == 200


# authorization.md 5.6: the user's organizations that the caller may read.
def test_organizations_of_a_person_as_far_as_the_caller_reads(
    as_owner: Api, as_alice: Api, alice: User, other: Organization
) -> None:
    make_user("far", organization=other)
    admin = signed_in(make_user("admin", organization_roles=["organization-admin"]))

    assert names(as_owner, "/users/far/organizations") == ["other"]
    assert names(admin, "/users/far/organizations") == []
    assert names(as_alice, "/users/me/organizations") == ["coder"]
    assert as_alice.get("/users/far/organizations").status_code == 400


# authorization.md 7.8: `/users/me/organizations/{name}`: unknown 404, known 200.
@pytest.mark.parametrize(
    ("name", "status"),
    [("coder", 200), ("CODER", 200), ("other", 404), ("nonsense", 404), ("%00", 404), ("%25", 404)],
)
def test_organization_of_a_person_by_name(
    as_alice: Api, other: Organization, name: str, status: int
) -> None:
    assert as_alice.get(f"/users/me/organizations/{name}").status_code == status


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reference=st.text(min_size=1, max_size=40),
    tail=st.sampled_from(["", "/", "/members", "/members/"]),
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
)
def test_no_path_is_an_internal_error(
    as_alice: Api, reference: str, tail: str, method: str
) -> None:
    path = f"/organizations/{quote(reference, safe='')}{tail}"

    assert as_alice(method, path).status_code in {200, 400, 403, 404, 405}


def test_thousand_query_parameters_are_a_bad_request(as_alice: Api) -> None:
    assert as_alice.get("/organizations?" + "&".join(["a=1"] * 1001)).status_code == 400
    assert as_alice.get("/organizations?" + "&".join(["a=1"] * 1000)).status_code == 200
