"""Signing in with OIDC over HTTP, on both sides (accounts.md 2.20, 2.21, 4, T160 to T177)."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey

from accounts.federation.conversion import COOKIE
from accounts.models import User, UserLink
from audit.models import Entry
from coderauth.http.csrf import SESSION_COOKIE
from scopes.models import Membership
from scopes.organizations.selectors import default_organization
from tests.accounts.oidc_visitor import CALLBACK, Visitor, path_of
from tests.certified_provider import certified_provider, visit
from tests.lying_provider import LEFT_OUT, OTHER_RSA, TOKEN, LyingProvider
from tests.oidc import configure, location_of, oidc_config, oidc_provider_mock, visit_mock
from tests.people import PASSWORD, Api, make_key, make_user, signed_in

ADA = "ada@example.test"


def sign_in(provider: LyingProvider, visitor: Visitor | None = None, **query: str) -> Any:
    visitor = visitor or Visitor()
    return visitor.api(path_of(provider.authorize(visitor.leave(**query))))


def signed_up(provider: LyingProvider, **claims: Any) -> User:
    """Sign in as somebody, which makes the account if there is none; return it."""
    provider.claims = claims
    visitor = Visitor()
    response = sign_in(provider, visitor)
    assert response.status_code == 307, response.content
    user = visitor.user
    assert user is not None
    return user


def refusal(provider: LyingProvider, **claims: Any) -> Any:
    provider.claims = claims
    visitor = Visitor()
    response = sign_in(provider, visitor)
    assert response.status_code >= 400
    assert SESSION_COOKIE not in response.cookies
    assert visitor.user is None
    return response


# --- accounts that are made -----------------------------------------------------------------
def test_signing_in_makes_an_account(provider: LyingProvider) -> None:  # accounts.md T171
    make_user("owner", roles=["owner"])
    visitor = Visitor()
    response = sign_in(provider, visitor, redirect="/somewhere")

    assert (response.status_code, response.headers["Location"]) == (307, "/somewhere")
    assert response.headers["Cache-Control"] == "no-store"
    user = visitor.user
    assert user is not None
    me = visitor.get("/api/v2/users/me").json()
    assert (me["email"], me["username"], me["name"]) == (ADA, "ada", "Ada Lovelace")
    assert (me["login_type"], me["status"], me["roles"]) == ("oidc", "active", [])
    assert me["organization_ids"] == [str(default_organization().pk)]
    assert Membership.objects.filter(user=user).count() == 1
    (entry,) = Entry.objects.filter(action="register")
    assert (entry.actor_id, entry.resource_type) == (user.pk, "api_key")
    link = UserLink.objects.get(user=user)
    assert link.linked_id == f"{provider.issuer}||{provider.subject}"
    assert set(link.claims) == {"id_token_claims", "user_info_claims", "merged_claims"}


def test_the_very_first_is_the_owner_even_without_sign_ups(
    provider: LyingProvider, settings: Any
) -> None:  # accounts.md T165
    closed = oidc_config(
        provider.issuer, allow_signups=False, signups_disabled_text="Ask <the> desk."
    )
    configure(settings, closed)
    assert signed_up(provider, email=ADA).site_roles == ["owner"]
    provider.subject = "another"
    page = refusal(provider, email="eve@example.test")  # accounts.md T165 NoSignups
    assert page.status_code == 403
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Signups are disabled" in page.content.decode()
    assert "Ask &lt;the&gt; desk." in page.content.decode()
    assert User.objects.count() == 1
    configure(settings, oidc_config(provider.issuer))
    assert signed_up(provider, email="eve@example.test").site_roles == []


def test_a_second_identity_of_a_taken_username_gets_another(provider: LyingProvider) -> None:
    assert signed_up(provider, email="jon@one.test").username == "jon"  # accounts.md T175
    provider.subject = "another"
    second = signed_up(provider, email="jon@two.test")
    assert second.username.startswith("jon-")
    assert Entry.objects.filter(action="register", actor_id=second.pk).count() == 1


@pytest.mark.parametrize(
    ("claims", "fields"),
    [
        ({"email": "kyle@kwc.io"}, {"username": "kyle"}),  # accounts.md T162
        # accounts.md T166
        ({"email": ADA, "preferred_username": "hotdog"}, {"username": "hotdog"}),
        ({"email": ADA, "preferred_username": "kyle@kwc.io"}, {"username": "kyle"}),
        ({"preferred_username": ADA}, {"email": ADA, "username": "ada", "name": ""}),
        ({"email": ADA, "name": "Ada Lovelace"}, {"name": "Ada Lovelace"}),  # accounts.md T167
        ({"email": ADA, "name": "x" * 129}, {"name": "x" * 128}),
        ({"email": ADA, "name": " a  b "}, {"name": "a  b"}),
        ({"email": ADA, "picture": "https://x.test/a.png"}, {"avatar_url": "https://x.test/a.png"}),
        ({"email": ADA, "groups": ["a"]}, {"email": ADA}),  # accounts.md T169
        ({"email": ADA, "groups": ["g" * 64] * 1200}, {"email": ADA}),  # accounts.md T169
    ],
)
def test_what_the_claims_make_of_an_account(
    provider: LyingProvider, claims: dict[str, Any], fields: dict[str, str]
) -> None:
    user = signed_up(provider, **claims)
    assert {name: getattr(user, name) for name in fields} == fields


def test_large_userinfo_is_fine(provider: LyingProvider) -> None:  # accounts.md T169
    provider.userinfo = {"groups": ["g" * 64] * 1200}
    user = signed_up(provider, email=ADA)
    assert len(UserLink.objects.get(user=user).claims["user_info_claims"]["groups"]) == 1200


# --- refusals, each beside what would do ----------------------------------------------------
@pytest.mark.parametrize(
    ("claims", "status", "text"),
    [
        ({"email": ADA, "sub": LEFT_OUT}, 400, "missing 'sub' claim"),  # accounts.md T161
        ({"email": ADA, "email_verified": False}, 403, "Verify the"),  # accounts.md T162
        ({"email": ADA, "email_verified": "false"}, 403, "Verify the"),  # accounts.md H11
        ({"email": 5}, 400, "Email in OIDC payload isn't a string."),
        ({}, 400, "No email found in OIDC payload!"),  # accounts.md T161
        # accounts.md T170
        ({"email": ADA, "iss": "https://x.test"}, 400, "issued by a different provider"),
        ({"email": ADA, "aud": "another"}, 400, "Failed to verify OIDC token."),  # accounts.md T176
        ({"email": "ada"}, 403, "is not from an authorized domain"),  # accounts.md T164
    ],
)
def test_what_makes_no_account(
    provider: LyingProvider, claims: dict[str, Any], status: int, text: str
) -> None:
    response = refusal(provider, **claims)
    assert response.status_code == status
    assert text in " ".join(json.loads(response.content).values())
    assert not User.objects.exists()
    assert signed_up(provider, email=ADA).email == ADA


@pytest.mark.parametrize(
    ("lie", "text"),
    [
        (lambda provider: provider.token_answer.update(id_token=LEFT_OUT), "id_token not found"),
        (lambda provider: setattr(provider, "key", OTHER_RSA), "Failed to verify OIDC token."),
    ],
)
def test_a_token_that_is_none_makes_no_account(
    provider: LyingProvider, lie: Callable[[LyingProvider], None], text: str
) -> None:  # accounts.md T176
    provider.published = provider.keys()
    lie(provider)
    response = refusal(provider, email=ADA)
    assert (response.status_code, text in response.json()["message"]) == (400, True)


# accounts.md T163
def test_another_domain_makes_no_account(provider: LyingProvider, settings: Any) -> None:
    config = oidc_config(provider.issuer, email_domains=("@Example.Test", "other.test"))
    configure(settings, config)
    response = refusal(provider, email="eve@sub.example.test")
    assert response.status_code == 403
    assert "other.test" not in response.content.decode()
    assert signed_up(provider, email=ADA).email == ADA


def test_the_address_of_a_password_account_does_not_open_it(provider: LyingProvider) -> None:
    alice = make_user("alice")
    page = refusal(provider, email="ALICE@example.test")
    assert page.status_code == 403
    assert "Incorrect login type" in page.content.decode()
    User.objects.filter(pk=alice.pk).update(login_type="oidc", password="")
    assert signed_up(provider, email="ALICE@example.test") == alice


# accounts.md H9
def test_another_person_with_the_address_is_refused(provider: LyingProvider) -> None:
    ada = signed_up(provider, email=ADA)
    provider.subject = "somebody-else"
    assert refusal(provider, email=ADA).status_code == 403
    provider.subject = "248289761001"
    assert signed_up(provider, email=ADA) == ada


def test_a_suspended_account_stays_closed(provider: LyingProvider) -> None:
    ada = signed_up(provider, email=ADA)
    User.objects.filter(pk=ada.pk).update(status="suspended")
    assert refusal(provider, email=ADA).status_code == 403
    User.objects.filter(pk=ada.pk).update(status="active")
    assert signed_up(provider, email=ADA) == ada


# --- signing in again -----------------------------------------------------------------------
def test_an_expired_token_of_the_provider_needs_no_refresh(
    provider: LyingProvider, settings: Any
) -> None:  # accounts.md T160
    ada = signed_up(provider, email=ADA)
    UserLink.objects.filter(user=ada).update(expires_at=timezone.now() - timedelta(hours=1))
    settings.SECURE_AUTH_COOKIE, settings.SAMESITE_AUTH_COOKIE = True, "none"
    visitor = Visitor()
    departure = visitor.api(CALLBACK)
    response = visitor.api(path_of(provider.authorize(departure.headers["Location"])))
    assert response.status_code == 307
    for cookie in (*departure.cookies.values(), response.cookies[SESSION_COOKIE]):
        assert (cookie["secure"], cookie["samesite"]) == (True, "None")
    assert [form["grant_type"] for form in provider.token_requests] == ["authorization_code"] * 2
    assert visitor.user == ada


def test_the_account_follows_the_person(provider: LyingProvider) -> None:
    ada = signed_up(provider, email=ADA, name="Ada", preferred_username="ada")
    again = signed_up(provider, email="countess@example.test", name="Ada King")
    assert (again.pk, again.email, again.name) == (ada.pk, "countess@example.test", "Ada King")
    assert again.username == "ada"


def test_a_dormant_account_wakes(provider: LyingProvider) -> None:  # accounts.md T172
    ada = signed_up(provider, email=ADA)
    User.objects.filter(pk=ada.pk).update(status="dormant")
    assert signed_up(provider, email=ADA).status == "active"
    entry = Entry.objects.get(action="write", resource_type="user", resource_id=ada.pk)
    assert entry.additional_fields["automatic_subsystem"] == "dormancy"


def test_an_owner_can_make_the_account_before(provider: LyingProvider, settings: Any) -> None:
    configure(settings, oidc_config(provider.issuer, allow_signups=False))
    as_owner = signed_in(make_user("owner", roles=["owner"]))
    body = {
        "email": ADA,
        "username": "countess",
        "login_type": "oidc",
        "organization_ids": [str(default_organization().pk)],
    }
    made = as_owner.post("/users", body)  # accounts.md T077
    assert made.status_code == 201
    assert signed_up(provider, email=ADA).username == "countess"
    settings.OIDC_PROVIDERS = {}
    other = {**body, "email": "eve@example.test", "username": "eve"}
    refused = as_owner.post("/users", other)
    assert refused.status_code == 400
    assert refused.json()["message"] == "You must configure OIDC before creating OIDC users."


# --- conversion -----------------------------------------------------------------------------
def conversion(alice: User) -> tuple[Visitor, dict[str, Any]]:
    """Prove a password; return the browser that did and what it was told."""
    visitor = Visitor()
    visitor.cookies[SESSION_COOKIE] = make_key(alice)
    answer = Api(visitor.cookies[SESSION_COOKIE].value).post(
        "/users/me/convert-login", {"to_type": "oidc", "password": PASSWORD}
    )
    assert answer.status_code == 201
    visitor.cookies[COOKIE] = answer.cookies[COOKIE].value
    return visitor, answer.json()


def test_a_password_account_converts(provider: LyingProvider) -> None:  # accounts.md T173
    alice = make_user("alice")
    visitor, told = conversion(alice)
    provider.claims = {"email": "alice@example.test"}
    response = sign_in(provider, visitor, oidc_merge_state=told["state_string"])
    assert response.status_code == 307
    alice.refresh_from_db()
    assert (alice.login_type, alice.password) == ("oidc", "")
    assert visitor.user == alice
    assert visitor.cookies[COOKIE].value == ""
    assert signed_up(provider, email="alice@example.test") == alice


# accounts.md T174
def test_a_cookie_that_we_did_not_sign_converts_nobody(provider: LyingProvider) -> None:
    alice = make_user("alice")
    visitor, told = conversion(alice)
    provider.claims = {"email": "alice@example.test"}
    _, body, _ = visitor.cookies[COOKIE].value.split(".")
    claims = json.loads(_decoded(body))
    honest = visitor.cookies[COOKIE].value
    visitor.cookies[COOKIE] = jwt.encode(
        {"alg": "HS512"}, claims, OctKey.generate_key(512), algorithms=["HS512"]
    )
    response = sign_in(provider, visitor, oidc_merge_state=told["state_string"])
    assert response.status_code == 400
    assert "Using an invalid jwt to authorize this action." in response.json()["message"]
    alice.refresh_from_db()
    assert alice.login_type == "password"
    visitor.cookies[COOKIE] = honest
    again = sign_in(provider, visitor, oidc_merge_state=told["state_string"])
    assert again.status_code == 307


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


# --- providers that others have written -----------------------------------------------------
def test_the_certified_provider(settings: Any, db: None) -> None:
    accounts = {"ada-1": {"email": ADA, "email_verified": True, "name": "Ada Lovelace"}}
    with certified_provider(accounts) as issuer:
        configure(settings, oidc_config(issuer))
        visitor = Visitor()
        response = visitor.api(path_of(visit("ada-1")(visitor.leave(redirect="/x"))))
    assert (response.status_code, response.headers["Location"]) == (307, "/x")
    assert visitor.user is not None
    assert (visitor.user.email, visitor.user.name) == (ADA, "Ada Lovelace")


def test_the_mock_and_somebody_who_says_no(settings: Any, db: None) -> None:
    with oidc_provider_mock() as issuer:
        configure(settings, oidc_config(issuer))
        visitor = Visitor()
        response = visitor.api(path_of(visit_mock(ADA)(visitor.leave())))
        assert response.status_code == 307
        assert visitor.user is not None
        denied = Visitor()
        back = path_of(location_of(denied.leave(), {"action": "deny"}))
        answer = denied.api(back)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Encountered error in oidc process: access_denied"
    assert denied.user is None


def test_no_credential_of_a_provider_is_stored_in_the_clear(provider: LyingProvider) -> None:
    provider.access_token = lambda _: "canary-access-token"
    ada = signed_up(provider, email=ADA)
    link = UserLink.objects.get(user=ada)
    stored = json.dumps(UserLink.objects.filter(user=ada).values().get(), default=str)
    assert link.access_token
    assert link.refresh_token
    assert "canary" not in stored
    assert not [token for token in provider.refresh_tokens if token in stored]
    assert TOKEN in provider.asked
