"""`POST /users` (accounts.md 2.9)."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

import accounts.people.creation
from accounts.models import User
from scopes.models import Membership, Organization
from scopes.organizations.selectors import default_organization
from tests.expect import (
    NIL,
    SIGNED_OUT,
    STRONG,
    WEAK,
    WEAK_DETAIL,
    audited,
    document,
    invalid,
    last_entry,
    refused,
    unreadable,
)
from tests.people import PASSWORD, Api, login, make_key, make_user, signed_in

NOT_AUTHORIZED = "You are not authorized to create users."


def wish(**fields: Any) -> dict[str, Any]:
    return {
        "email": "new@example.test",
        "username": "new-person",
        "password": STRONG,
        "organization_ids": [str(default_organization().pk)],
        **fields,
    }


# accounts.md T070
def test_nobody_signed_in_makes_nobody(anonymous: Api, as_owner: Api) -> None:
    answer = anonymous.post("/users", wish())
    assert (answer.status_code, document(answer)["message"]) == (401, SIGNED_OUT)
    assert as_owner.post("/users", wish()).status_code == 201


# accounts.md T073, H13: nothing here is a token.
def test_a_new_user_is_dormant_and_in_the_organization(as_owner: Api, owner: User) -> None:
    login(owner.email, PASSWORD)
    made = document(as_owner.post("/users", wish(name="  New   Person")))
    assert made["message"] == "Validation failed."
    made = document(as_owner.post("/users", wish(name="New Person")))
    assert (made["status"], made["login_type"]) == ("dormant", "password")
    assert made["organization_ids"] == [str(default_organization().pk)]
    assert (made["roles"], made["name"]) == ([], "New Person")
    assert made["last_seen_at"] == "0001-01-01T00:00:00Z"
    assert audited(actor_id=owner.pk) == [("login", "api_key", 201), ("create", "user", 201)]
    entry = last_entry()
    assert (entry.resource_id, entry.resource_target) == (made["id"], "new-person")
    assert STRONG not in str(entry.diff)
    assert "hash" not in str(entry.diff)


# accounts.md T073
def test_the_new_user_signs_in(as_owner: Api) -> None:
    as_owner.post("/users", wish())
    answer = login("NEW@example.test", STRONG)
    assert answer.status_code == 201


# accounts.md T074
@pytest.mark.parametrize("status", ["active", "suspended", "dormant"])
def test_the_status_may_be_given(as_owner: Api, status: str) -> None:
    made = document(as_owner.post("/users", wish(user_status=status)))
    assert made["status"] == status
    assert audited() == [("create", "user", 201)]


# accounts.md H5
@pytest.mark.parametrize("status", ["deleted", "Active", "active "])
def test_an_unknown_status_is_refused(as_owner: Api, status: str) -> None:
    refused(
        as_owner.post("/users", wish(user_status=status)), 400, f'Invalid user status "{status}".'
    )
    assert as_owner.post("/users", wish(user_status=None)).status_code == 201


def test_every_failing_field_is_named(as_owner: Api) -> None:
    invalid(
        as_owner.post("/users", {"email": "x", "username": "me", "name": " x"}),
        email=("email", "x"),
        username=("username", "me"),
        name=("user_real_name", " x"),
    )
    unreadable(as_owner.post("/users", wish(organization_ids=["x"])))
    unreadable(as_owner.post("/users", wish(organization_id=7)))


def test_a_password_goes_with_the_login_type_password_only(as_owner: Api) -> None:
    refused(
        as_owner.post("/users", wish(login_type="none")),
        400,
        'Password cannot be set for non-password ("none") authentication.',
    )
    assert as_owner.post("/users", wish(login_type="none", password="")).status_code == 201


def test_disabled_passwords_make_no_password_users(as_owner: Api, settings: Settings) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    refused(
        as_owner.post("/users", wish()),
        403,
        "Password based authentication is disabled! "
        "Unable to provision new users with password authentication.",
    )
    assert as_owner.post("/users", wish(login_type="none", password="")).status_code == 201


# accounts.md T081
@pytest.mark.parametrize("organizations", [[], None])
def test_a_user_needs_an_organization(as_owner: Api, organizations: Any) -> None:
    refused(
        as_owner.post("/users", wish(organization_ids=organizations)),
        400,
        "No organization specified to place the user as a member of. It is required to specify "
        "at least one organization id to place the user in.",
        detail="required at least 1 value for the array 'organization_ids'",
        validations={"organization_ids": "Missing values, this cannot be empty"},
    )


def test_the_older_field_names_an_organization_too(as_owner: Api) -> None:
    body = wish(organization_ids=[], organization_id=str(default_organization().pk))
    assert as_owner.post("/users", body).status_code == 201


def test_the_nil_id_is_the_default_organization(as_owner: Api) -> None:
    made = document(as_owner.post("/users", wish(organization_ids=[NIL])))
    assert made["organization_ids"] == [str(default_organization().pk)]


# accounts.md T071
@pytest.mark.parametrize(
    "taken", [{"email": "ALICE@example.test"}, {"username": "Alice"}, {"username": "alice"}]
)
def test_a_taken_name_is_a_conflict_before_the_organization(
    as_owner: Api, alice: User, taken: dict[str, str]
) -> None:
    body = wish(organization_ids=[str(uuid4())], **taken)
    refused(as_owner.post("/users", body), 409, "User already exists.")
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    assert as_owner.post("/users", body).status_code == 404
    assert as_owner.post("/users", wish(**taken)).status_code == 201


# accounts.md H4: a caller who may not read people learns nothing about names.
@pytest.mark.parametrize("known", [True, False])
def test_a_member_cannot_tell_taken_names_from_free_ones(
    as_mallory: Api, alice: User, known: bool
) -> None:
    names = {"email": alice.email} if known else {"username": "free-name"}
    elsewhere = str(uuid4())
    refused(as_mallory.post("/users", wish(**names)), 403, NOT_AUTHORIZED)
    refused(
        as_mallory.post("/users", wish(organization_ids=[elsewhere], **names)),
        404,
        f'Organization does not exist with the provided id "{elsewhere}".',
    )
    assert as_mallory.post("/users", wish(password=WEAK, **names)).status_code == 400
    assert audited() == []


# accounts.md T072
def test_an_unknown_organization_is_named(as_owner: Api) -> None:
    missing = str(uuid4())
    refused(
        as_owner.post("/users", wish(organization_ids=[missing])),
        404,
        f'Organization does not exist with the provided id "{missing}".',
    )
    assert not User.objects.filter(username="new-person").exists()


# accounts.md T080
def test_a_member_cannot_see_a_foreign_organization(as_mallory: Api, as_owner: Api) -> None:
    foreign = Organization.objects.create(name="foreign")
    body = wish(organization_ids=[str(foreign.pk)])
    refused(
        as_mallory.post("/users", body),
        404,
        f'Organization does not exist with the provided id "{foreign.pk}".',
    )
    assert as_owner.post("/users", body).status_code == 201


# accounts.md T082
def test_two_organizations_are_joined_in_the_order_asked(as_owner: Api) -> None:
    second = Organization.objects.create(name="another")
    both = [str(default_organization().pk), str(second.pk)]
    made = document(as_owner.post("/users", wish(organization_ids=both)))
    assert made["organization_ids"] == both
    assert Membership.objects.filter(user_id=made["id"]).count() == 2


# accounts.md H5
def test_repeated_organizations_count_once(as_owner: Api) -> None:
    default = str(default_organization().pk)
    body = wish(organization_ids=[default, default, NIL, default.upper()], organization_id=default)
    assert document(as_owner.post("/users", body))["organization_ids"] == [default]


def test_a_weak_password_is_refused(as_owner: Api) -> None:
    refused(
        as_owner.post("/users", wish(password=WEAK)),
        400,
        "Password is invalid",
        validations={"password": WEAK_DETAIL},
    )
    assert as_owner.post("/users", wish(password="")).status_code == 400


# accounts.md T076
@pytest.mark.parametrize("login_type", ["none", "github"])
def test_accounts_without_a_password_are_made(as_owner: Api, login_type: str) -> None:
    made = document(as_owner.post("/users", wish(login_type=login_type, password="")))
    user = User.objects.get(pk=made["id"])
    assert (made["login_type"], user.login_type, user.password) == (login_type, login_type, "")


def test_login_types_that_cannot_work_are_refused(as_owner: Api) -> None:
    refused(
        as_owner.post("/users", wish(login_type="oidc", password="")),
        400,
        "You must configure OIDC before creating OIDC users.",
    )
    for kind in ("token", "magic"):
        refused(
            as_owner.post("/users", wish(login_type=kind, password="")),
            400,
            f'Unsupported login type "{kind}" for manually creating new users.',
        )


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 201), ("user-admin", 201), ("auditor", 403), ("template-admin", 403), ("", 403)],
)
def test_who_may_create_users(db: None, role: str, status: int) -> None:
    actor = signed_in(make_user("actor", roles=[role] if role else []))
    answer = actor.post("/users", wish())
    assert answer.status_code == status
    if status == 403:
        refused(answer, 403, NOT_AUTHORIZED)


@pytest.mark.parametrize("role", ["organization-admin", "organization-user-admin"])
def test_organization_admins_create_nobody(db: None, role: str) -> None:
    actor = signed_in(make_user("actor", organization_roles=[role]))
    refused(actor.post("/users", wish()), 403, NOT_AUTHORIZED)


@pytest.mark.parametrize(
    ("scopes", "status"), [(["coder:all"], 201), (["user:*"], 404), (["user:*", "api_key:*"], 404)]
)
def test_a_narrowed_key_of_an_owner_creates_nobody(
    owner: User, scopes: list[str], status: int
) -> None:
    key = Api(make_key(owner, login_type="token", name="ci", scopes=scopes))
    assert key.post("/users", wish()).status_code == status
    assert User.objects.filter(username="new-person").exists() is (status == 201)


def test_somebody_who_may_not_create_costs_no_hash(
    as_mallory: Api, as_owner: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def hashing(secret: str) -> str:
        hashed.append(secret)
        return "x"

    monkeypatch.setattr(accounts.people.creation, "hash_password", hashing)
    assert as_mallory.post("/users", wish()).status_code == 403
    assert hashed == []
    assert as_owner.post("/users", wish()).status_code == 201
    assert hashed == [STRONG]


def test_roles_of_the_body_are_ignored(as_owner: Api) -> None:
    body = wish(roles=["owner"], site_roles=["owner"], rbac_roles=["owner"], is_deleted=True)
    made = document(as_owner.post("/users", body))
    assert (made["roles"], User.objects.get(pk=made["id"]).site_roles) == ([], [])


@pytest.mark.parametrize("path", ["/users", "/users/"])
def test_the_slash_does_not_matter(as_owner: Api, path: str) -> None:
    assert as_owner.post(path, wish()).status_code == 201


# In order: each body breaks its own row and every later one (accounts.md 2.9).
def test_of_two_reasons_the_earlier_row_is_given(
    as_owner: Api, alice: User, settings: Settings
) -> None:
    settings.PASSWORD_AUTH_ENABLED = False
    broken: dict[str, Any] = {
        "email": "bad",
        "username": alice.username,
        "password": WEAK,
        "organization_ids": [],
        "login_type": "oidc",
    }
    assert document(as_owner.post("/users", broken))["message"] == "Validation failed."
    broken["email"] = "new@example.test"
    assert "non-password" in document(as_owner.post("/users", broken))["message"]
    broken["login_type"] = "password"
    assert "disabled!" in document(as_owner.post("/users", broken))["message"]
    settings.PASSWORD_AUTH_ENABLED = True
    assert "No organization" in document(as_owner.post("/users", broken))["message"]
    broken["organization_ids"] = [str(uuid4())]
    assert as_owner.post("/users", broken).status_code == 409
    broken["username"] = "new-person"
    assert as_owner.post("/users", broken).status_code == 404
    broken["organization_ids"] = [NIL]
    assert document(as_owner.post("/users", broken))["message"] == "Password is invalid"
    broken["password"] = STRONG
    assert as_owner.post("/users", broken).status_code == 201
