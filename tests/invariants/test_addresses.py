"""Every door that takes an e-mail address finds its account in either case, and no other account.

A new field or option that takes an address needs a row here.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django import forms
from django.core.management import CommandError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

import accounts.web.forms
from accounts.models import Passcode, User
from accounts.passwords.hashing import hash_password
from coderauth.errors import DomainError
from coderauth.http.body import RequestBody
from tests.accounts.arrivals import GITHUB, OIDC, Elsewhere, arrive, somebody, whose
from tests.audit.entries import make_entries
from tests.commands import printed
from tests.expect import NIL, STRONG
from tests.pages import visitor
from tests.people import PASSWORD, Api, login, make_user, reset_password, signed_in

pytestmark = pytest.mark.django_db

# An account, its address in the other case, and an address of somebody else that is easily folded
# into it.
ADDRESSES = [
    ("kirk@example.test", "KIRK@Example.test", "\u212airk@example.test"),
    ("victim@example.test", "Victim@EXAMPLE.test", "v\u0130ctim@example.test"),
    ("m\u00fcller@example.test", "M\u00dcLLER@example.test", "mu\u0308ller@example.test"),
    ("stra\u00dfe@example.test", "STRA\u00dfE@example.test", "STRASSE@example.test"),
]


def has_been_mailed(user: User) -> bool:
    (task,) = DBTaskResult.objects.all()
    return bool(task.args_kwargs["args"][0] == str(user.pk))


def signs_in(user: User, address: str) -> bool:
    return bool(login(address, PASSWORD).status_code == 201)


def signs_in_on_the_page(user: User, address: str) -> bool:
    answer = visitor().post("/login", {"email": address, "password": PASSWORD})
    return bool(answer.status_code == 302)


def asks_for_a_passcode(user: User, address: str) -> bool:
    assert Api().post("/users/otp/request", {"email": address}).status_code == 204
    return has_been_mailed(user)


def asks_for_a_passcode_on_the_page(user: User, address: str) -> bool:
    assert visitor().post("/forgot-password", {"email": address}).status_code == 302
    return has_been_mailed(user)


def a_passcode(user: User) -> str:
    Passcode.objects.create(
        user=user,
        hashed_passcode=hash_password("code"),
        expires_at=timezone.now() + timedelta(hours=1),
    )
    return "code"


def uses_a_passcode(user: User, address: str) -> bool:
    return bool(reset_password(address, a_passcode(user), STRONG).status_code == 204)


def uses_a_passcode_on_the_page(user: User, address: str) -> bool:
    sent = {"email": address, "passcode": a_passcode(user), "password": STRONG}
    return bool(visitor().post("/reset-password/change", sent).status_code == 302)


def is_taken(user: User, address: str) -> bool:
    new = {"email": address, "username": "fresh", "password": STRONG, "organization_ids": [NIL]}
    answer = signed_in(make_user("admin", roles=["owner"])).post("/users", new)
    return bool(answer.status_code == 409)


def is_taken_for_an_operator(user: User, address: str) -> bool:
    try:
        printed("create_admin", f"--email={address}", "--username=fresh", "--generate-password")
    except CommandError as refusal:
        return "exists" in str(refusal)
    return False


def is_taken_for_the_users_command(user: User, address: str) -> bool:
    try:
        printed("users", "create", f"--email={address}", "--username=fresh", "--login-type=none")
    except CommandError as refusal:
        return "exists" in str(refusal)
    return False


def is_who_a_command_means(user: User, address: str) -> bool:
    try:
        printed("reset_password", address, "--json")
    except CommandError as refusal:
        return "There is no user" not in str(refusal)
    return True


def is_found_in_the_list(user: User, address: str) -> bool:
    answer = signed_in(make_user("admin", roles=["owner"])).get(f"/users?q={address}")
    return str(user.pk) in [row["id"] for row in answer.json()["users"]]


def is_found_in_the_audit(user: User, address: str) -> bool:
    make_entries(1, actor_id=user.pk)
    api = signed_in(make_user("admin", roles=["owner"]))
    return bool(api.get(f"/audit?q=email:{address}&limit=9").json()["count"])


DOORS: dict[str, Callable[[User, str], bool]] = {
    "LoginRequest": signs_in,
    "SignInForm": signs_in_on_the_page,
    "PasscodeRequest": asks_for_a_passcode,
    "PasscodeForm": asks_for_a_passcode_on_the_page,
    "PasscodePasswordChange": uses_a_passcode,
    "PasswordResetForm": uses_a_passcode_on_the_page,
    "UserCreate": is_taken,
    "create_admin": is_taken_for_an_operator,
    "users create": is_taken_for_the_users_command,
    "reset_password": is_who_a_command_means,
    "GET /users": is_found_in_the_list,
    "GET /audit": is_found_in_the_audit,
}
# They take an address when there is nobody whose it could be.
OF_AN_EMPTY_INSTALLATION = {"FirstUserCreate", "FirstUserForm"}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("own", "same", "other"), ADDRESSES)
def test_a_door_knows_an_address_in_either_case(door: str, own: str, same: str, other: str) -> None:
    user = make_user("somebody", email=own)

    assert DOORS[door](user, same)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("own", "same", "other"), ADDRESSES)
def test_a_door_takes_nobody_for_somebody_else(door: str, own: str, same: str, other: str) -> None:
    user = make_user("somebody", email=own)

    assert not DOORS[door](user, other)


def taking_an_address() -> Iterator[str]:
    for shape in RequestBody.__subclasses__():
        # Other tests of this process declare shapes of their own.
        if "email" in shape._plan and not shape.__module__.startswith("tests."):
            yield shape.__name__
    for name, found in vars(accounts.web.forms).items():
        is_form = isinstance(found, type) and issubclass(found, forms.Form)
        if is_form and "email" in found.base_fields:
            yield name


def test_every_shape_and_form_with_an_address_is_among_these() -> None:
    assert {*taking_an_address()} == OF_AN_EMPTY_INSTALLATION | {
        name for name in DOORS if name.isidentifier() and name[0].isupper()
    }


@pytest.mark.parametrize(("own", "same", "other"), ADDRESSES)
@pytest.mark.parametrize("provider", [OIDC, GITHUB], ids=["oidc", "github"])
def test_an_address_from_a_provider_opens_its_own_account_only(
    provider: Elsewhere, own: str, same: str, other: str
) -> None:
    make_user("owner", roles=["owner"])
    user = make_user("somebody", email=own, login_type=provider.login_type, password="")

    assert whose(arrive(somebody("other", email=other), provider)) != user
    user.refresh_from_db()
    assert user.email == own
    assert whose(arrive(somebody("own", email=own), provider)) == user


def test_the_case_that_mail_servers_heed_opens_nothing() -> None:
    make_user("owner", roles=["owner"])
    user = make_user("mueller", email="m\u00fcller@example.test", login_type="oidc", password="")

    with pytest.raises(DomainError) as refusal:
        arrive(somebody("mueller", email="M\u00dcLLER@example.test"))
    assert (refusal.value.code, refusal.value.status) == ("provider_email_taken", 409)

    assert whose(arrive(somebody("mueller", email="m\u00fcller@Example.test"))) == user


@pytest.mark.parametrize(("own", "same", "other"), ADDRESSES)
def test_the_limit_of_an_account_counts_all_its_spellings(
    settings: Settings, own: str, same: str, other: str
) -> None:
    settings.RATE_LIMITS_ENABLED, settings.LOGIN_RATE_LIMIT = True, 1
    make_user("somebody", email=own)
    statuses = [
        login(address, "wrong", address=f"192.0.2.{number}").status_code
        for number, address in enumerate((own, same, other))
    ]

    assert statuses == [401, 429, 401]
