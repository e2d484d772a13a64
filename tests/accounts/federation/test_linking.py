"""Whose account it is that a provider signed in (accounts.md 2.21)."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.links.encryption import decrypt
from accounts.links.storage import link_store
from accounts.models import User, UserLink
from accounts.providers.identity import Tokens
from audit.models import Entry
from coderauth.errors import DomainError
from scopes.models import Key, Membership
from tests.accounts.arrivals import GITHUB, ISSUER, OIDC, Elsewhere, arrive, somebody, whose
from tests.people import make_user, signed_in

CLOSED = Elsewhere(allow_signups=False)


def refusal(identity: Any, provider: Elsewhere = OIDC) -> DomainError:
    """Return why somebody is not let in; nothing may have changed by it."""
    before = [list(model._default_manager.values()) for model in (User, UserLink, Key)]
    with pytest.raises(DomainError) as refused:
        arrive(identity, provider)
    assert [list(model._default_manager.values()) for model in (User, UserLink, Key)] == before
    return refused.value


def refreshed(user: User) -> User:
    user.refresh_from_db()
    return user


# --- sign-up ---------------------------------------------------------------------------------
# accounts.md T171
def test_a_newcomer_gets_an_account_of_what_the_provider_says(owner: User) -> None:
    avatar = "https://example.test/a.png"
    user = whose(arrive(somebody("ada", name=" Ada  Lovelace ", avatar_url=avatar)))
    assert (user.username, user.email, user.name) == ("ada", "ada@example.test", "Ada  Lovelace")
    assert (user.status, user.login_type, user.password) == ("active", "oidc", "")
    assert (user.site_roles, user.avatar_url) == ([], avatar)
    assert Membership.objects.filter(user=user).count() == 1
    (entry,) = Entry.objects.filter(resource_id=user.pk)
    assert (entry.action, entry.resource_type, entry.actor_id) == ("register", "api_key", user.pk)
    assert entry.additional_fields == {"provider": "oidc"}


# accounts.md T143, T165
def test_without_sign_ups_only_the_very_first_comes_in_and_owns(db: None) -> None:
    first = whose(arrive(somebody("first"), CLOSED))
    assert first.site_roles == ["owner"]
    refused = refusal(somebody("second"), CLOSED)
    assert (refused.status, refused.message) == (403, "Signups are disabled")
    assert refused.detail == "Please contact your Coder administrator to request access."
    text = "Ask Grace for an account."
    told = refusal(somebody("x"), Elsewhere(allow_signups=False, signups_disabled_text=text))
    assert told.detail == text
    assert whose(arrive(somebody("second"))).site_roles == []
    assert whose(arrive(somebody("first"), CLOSED)) == first


# accounts.md T175
def test_a_taken_username_gets_an_ending(owner: User) -> None:
    make_user("jon")
    first = whose(arrive(somebody("a", username="Jon")))
    second = whose(arrive(somebody("b", username="jon")))
    assert first.username.startswith("Jon-")
    assert second.username.startswith("jon-")
    assert Entry.objects.filter(action="register").count() == 2


def test_a_long_username_is_cut_for_its_ending(owner: User) -> None:
    name = "a" * 24 + "-" + "b" * 7
    make_user(name)
    username = whose(arrive(somebody("a", username=name))).username
    assert len(username) <= 32
    assert username.startswith("a" * 24 + "-")
    assert "--" not in username


@pytest.mark.parametrize("name", ["me", "new", "8f8c4b5e0f4f4f8e9a3c3d2d6d0f3c11"])
def test_a_username_that_means_somebody_else_in_a_path_gets_an_ending(
    owner: User, name: str
) -> None:
    assert whose(arrive(somebody("a", username=name))).username.startswith(f"{name[:25]}-")


def test_too_many_taken_usernames_are_told(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.federation.linking.get_random_string", lambda *_: "xxxxxx")
    make_user("jon")
    make_user("jon-xxxxxx")
    refused = refusal(somebody("a", username="jon"))
    assert (refused.status, refused.message) == (
        409,
        'exhausted alternatives for taken username "jon"',
    )
    assert whose(arrive(somebody("a", username="jan"))).username == "jan"


# --- finding ---------------------------------------------------------------------------------
def test_the_link_counts_before_the_address(owner: User) -> None:
    ada = whose(arrive(somebody("ada")))
    assert whose(arrive(somebody("ada", email="lovelace@example.test"))) == ada
    assert refreshed(ada).email == "lovelace@example.test"
    assert ada.username == "ada"
    # The old address is free for somebody else.
    assert whose(arrive(somebody("other", email="ada@example.test"))) != ada


def test_an_address_counts_in_any_case_where_there_is_no_link_yet(owner: User) -> None:
    ada = make_user("ada", login_type="oidc")
    assert whose(arrive(somebody("ada", email="ADA@Example.Test"))) == ada
    assert UserLink.objects.get().linked_id == f"{ISSUER}||ada"


# accounts.md H9
def test_another_person_with_the_address_does_not_get_the_account(owner: User) -> None:
    ada = whose(arrive(somebody("ada")))
    refused = refusal(somebody("mallory", email="ada@example.test"))
    assert (refused.status, refused.code) == (403, "other_subject")
    UserLink.objects.update(linked_id="")
    assert whose(arrive(somebody("mallory", email="ada@example.test"))) == ada
    assert refusal(somebody("ada")).code == "other_subject"


def test_the_same_id_at_another_provider_is_somebody_else(owner: User) -> None:
    ada = whose(arrive(somebody("ada", linked_id="7")))
    github = somebody("ada", linked_id="7", email="grace@example.test", username="grace")
    assert whose(arrive(github, GITHUB)) != ada
    assert whose(arrive(somebody("ada", linked_id="7"))) == ada


# accounts.md T144
@pytest.mark.parametrize(("login_type", "hint"), [("password", True), ("github", False)])
def test_an_account_of_another_login_type_is_told(owner: User, login_type: str, hint: bool) -> None:
    ada = make_user("ada", login_type=login_type)
    refused = refusal(somebody("ada"))
    assert (refused.status, refused.message) == (403, "Incorrect login type")
    text = f'Attempting to use login type "oidc", but the user has the login type "{login_type}".'
    converts = (
        " You can convert your account to use this login type by visiting your account settings."
    )
    assert refused.detail == text + converts * hint
    User.objects.filter(pk=ada.pk).update(login_type="oidc")
    assert whose(arrive(somebody("ada"))) == ada


def test_a_service_account_is_never_entered(owner: User) -> None:
    make_user("robot", login_type="none")
    assert refusal(somebody("robot")).code == "other_login_type"


# accounts.md T172
def test_a_dormant_account_wakes(owner: User) -> None:
    ada = make_user("ada", login_type="oidc", status="dormant")
    assert whose(arrive(somebody("ada"))).status == "active"
    entry = Entry.objects.get(additional_fields__automatic_subsystem="dormancy")
    assert (entry.action, entry.resource_type, entry.actor_id) == ("write", "user", ada.pk)


# accounts.md C.6
def test_a_suspended_account_is_not_entered(owner: User) -> None:
    ada = make_user("ada", login_type="oidc", status="suspended")
    refused = refusal(somebody("ada"))
    assert (refused.status, refused.code) == (403, "provider_user_suspended")
    assert Entry.objects.get(action="login").status_code == 403
    User.objects.filter(pk=ada.pk).update(status="active")
    assert whose(arrive(somebody("ada"))) == ada


# --- following the provider --------------------------------------------------------------------
def test_the_account_says_what_the_provider_says(owner: User) -> None:
    ada = whose(arrive(somebody("ada", name="Ada", avatar_url="https://example.test/a.png")))
    arrive(somebody("ada", username="lovelace"))
    assert (refreshed(ada).name, ada.avatar_url, ada.username) == ("", "", "ada")
    entry = Entry.objects.get(additional_fields__automatic_subsystem="provider_profile")
    assert entry.diff == {"name": {"old": "Ada", "new": "", "secret": False}}


def test_nothing_new_writes_nothing_of_the_account(owner: User) -> None:
    ada = whose(arrive(somebody("ada")))
    arrive(somebody("ada"))
    before = Entry.objects.count()
    updated_at = refreshed(ada).updated_at
    arrive(somebody("ada"))
    assert refreshed(ada).updated_at == updated_at
    assert Entry.objects.count() == before + 1


def test_an_address_of_another_account_is_refused(owner: User) -> None:
    ada = whose(arrive(somebody("ada")))
    refused = refusal(somebody("ada", email="OWNER@example.test"))
    assert (refused.status, refused.code) == (409, "provider_email_taken")
    assert "owner" not in refused.detail
    assert whose(arrive(somebody("ada", email="free@example.test"))) == ada


def test_the_number_at_github_is_kept(owner: User) -> None:
    user = whose(arrive(somebody("ada", github_com_user_id=583231), GITHUB))
    assert user.github_com_user_id == 583231
    arrive(somebody("ada"), GITHUB)
    assert refreshed(user).github_com_user_id == 583231


# --- the link ----------------------------------------------------------------------------------
# accounts.md T160
def test_a_new_sign_in_replaces_the_tokens_without_a_renewal(owner: User) -> None:
    past = timezone.now().replace(year=2020)
    arrive(somebody("ada", tokens=Tokens("old", "old-refresh", past)))
    whose(arrive(somebody("ada", tokens=Tokens("new", "new-refresh"))))
    link = UserLink.objects.get()
    assert (decrypt(link.access_token), decrypt(link.refresh_token)) == ("new", "new-refresh")
    assert link.expires_at is None
    arrive(somebody("ada", tokens=Tokens("newer")))
    link.refresh_from_db()
    assert (decrypt(link.access_token), decrypt(link.refresh_token)) == ("newer", "new-refresh")


# accounts.md T151
def test_a_deleted_account_loses_its_link_and_can_get_none(owner: User) -> None:
    ada = whose(arrive(somebody("ada")))
    assert signed_in(owner).delete("/users/ada").status_code == 200
    assert not UserLink.objects.exists()
    with pytest.raises(DomainError, match="Cannot create user_link for deleted user"):
        link_store(user=ada, provider=OIDC, identity=somebody("ada"))
    again = whose(arrive(somebody("ada")))
    assert again.pk != ada.pk
    assert link_store(user=again, provider=OIDC, identity=somebody("ada")).user == again


@pytest.mark.parametrize(
    "strange",
    [
        {"a\0b": "c\0d"}, {"\ud800": "\udfff"}, {"n": float("nan"), "i": float("inf")},
        {"big": 10**400}, {"list": [[["\0"]]]}, {"deep": None},
    ],
)  # fmt: skip
def test_strange_claims_are_stored_as_far_as_they_can_be(owner: User, strange: Any) -> None:
    if "deep" in strange:
        for _ in range(900):
            strange = {"deep": strange}
    whose(arrive(somebody("ada", claims=strange, name="\0\ud800", avatar_url="\0" * 3000)))
    assert UserLink.objects.get().claims is not None


@pytest.mark.parametrize(
    "says",
    [
        {"linked_id": ""}, {"linked_id": "x" * 513}, {"linked_id": "a\0"}, {"email": ""},
        {"email": "no-address"}, {"email": "a\0@example.test"}, {"email": "x" * 250 + "@a.test"},
    ],
)  # fmt: skip
def test_a_person_that_cannot_be_told_apart_is_refused(owner: User, says: dict[str, str]) -> None:
    assert refusal(somebody("ada", **says)).status == 502
    assert whose(arrive(somebody("ada"))).username == "ada"


def test_the_tokens_of_a_session_are_nowhere_in_plain(owner: User) -> None:
    arrive(somebody("ada"))
    link = UserLink.objects.get()
    assert "access-ada" not in f"{link!r} {vars(link)}"
    assert decrypt(link.access_token) == "access-ada"
