"""Whose account OIDC opens, over HTTP; `test_linking.py` has the rules one by one."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.models import User, UserLink
from audit.models import Entry
from coderauth.http.csrf import SESSION_COOKIE
from scopes.models import Key
from tests.accounts.oidc_visitor import PAGE, Visitor, path_of
from tests.expect import document
from tests.lying_provider import LyingProvider
from tests.oidc import configure, oidc_config
from tests.people import Api, make_user, signed_in

pytestmark = pytest.mark.usefixtures("owner")


def sign_in(provider: LyingProvider, **headers: str) -> tuple[Visitor, Any]:
    visitor = Visitor()
    return visitor, visitor.api(path_of(provider.authorize(visitor.leave())), **headers)


def test_a_session_is_a_key_of_the_provider(provider: LyingProvider) -> None:
    visitor, answer = sign_in(provider)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/")
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.cookies[SESSION_COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["max-age"]) == ("/", True, "")
    key = Key.objects.get(pk=cookie.value[:10])
    assert (key.login_type, key.lifetime_seconds, key.name) == ("oidc", 86_400, "")
    me = Api(cookie.value).get("/users/me")
    assert document(me)["login_type"] == "oidc"
    assert visitor.user == User.objects.get(username="ada")


# accounts.md T151
def test_the_account_follows_the_person_and_not_the_address(
    provider: LyingProvider, owner: User
) -> None:
    visitor, _ = sign_in(provider)
    ada = visitor.user
    assert ada is not None
    provider.tell(email="lovelace@example.test")
    assert sign_in(provider)[0].user == ada
    assert User.objects.get(pk=ada.pk).email == "lovelace@example.test"
    assert signed_in(owner).delete(f"/users/{ada.pk}").status_code == 200
    assert not UserLink.objects.exists()
    again = sign_in(provider)[0].user
    assert again is not None
    assert again.pk != ada.pk


# accounts.md H9
def test_a_reused_address_is_refused(provider: LyingProvider) -> None:
    ada, _ = sign_in(provider)
    provider.subject = "somebody-else"
    visitor, answer = sign_in(provider)
    assert (answer.status_code, visitor.user) == (403, None)
    assert document(answer)["message"] == "This account belongs to somebody else at the provider."
    provider.tell(email="else@example.test")
    assert sign_in(provider)[0].user not in (None, ada.user)


# accounts.md T165
def test_without_sign_ups_a_page_tells_what_to_do(provider: LyingProvider, settings: Any) -> None:
    closed = oidc_config(
        provider.issuer, allow_signups=False, signups_disabled_text="Ask <b>Grace</b>."
    )
    configure(settings, closed)
    for headers in ({}, PAGE):
        _, answer = sign_in(provider, **headers)
        assert answer.status_code == 403
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "Ask <b>" not in answer.content.decode()
        assert "Ask &lt;b&gt;Grace" in answer.content.decode()
    make_user("ada", login_type="oidc")
    assert sign_in(provider)[1].status_code == 307


# accounts.md T144
def test_a_password_account_is_told_how_to_convert(provider: LyingProvider) -> None:
    ada = make_user("ada")
    visitor, answer = sign_in(provider)
    assert (answer.status_code, visitor.user) == (403, None)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "You can convert your account" in answer.content.decode()
    User.objects.filter(pk=ada.pk).update(login_type="oidc")
    assert sign_in(provider)[0].user == ada


# accounts.md T172
def test_a_dormant_account_wakes(provider: LyingProvider) -> None:
    ada = make_user("ada", login_type="oidc", status="dormant")
    assert sign_in(provider)[0].user == ada
    entry = Entry.objects.get(action="write", resource_id=str(ada.pk), diff__has_key="status")
    assert entry.additional_fields == {
        "automatic_actor": "coder",
        "automatic_subsystem": "dormancy",
    }


# accounts.md T175
def test_a_taken_username_gets_an_ending(provider: LyingProvider) -> None:
    make_user("ada", email="other@example.test")
    user = sign_in(provider)[0].user
    assert user is not None
    assert user.username.startswith("ada-")
    assert Entry.objects.filter(action="register", actor_id=user.pk).count() == 1


# accounts.md C.6
def test_a_suspended_account_stays_out(provider: LyingProvider) -> None:
    ada = make_user("ada", login_type="oidc", status="suspended")
    _, answer = sign_in(provider)
    assert answer.status_code == 403
    assert SESSION_COOKIE not in answer.cookies
    User.objects.filter(pk=ada.pk).update(status="active")
    assert sign_in(provider)[0].user == ada


def test_an_address_of_another_account_is_refused(provider: LyingProvider, owner: User) -> None:
    sign_in(provider)
    provider.tell(email=owner.email)
    _, answer = sign_in(provider)
    assert (answer.status_code, document(answer)["message"]) == (
        409,
        "Failed to process OAuth login.",
    )
    provider.tell(email="ada@example.test")
    assert sign_in(provider)[1].status_code == 307


def test_groups_and_roles_come_along(provider: LyingProvider, settings: Any) -> None:
    syncing = oidc_config(
        provider.issuer, group_field="groups", group_auto_create=True, role_field="roles"
    )
    configure(settings, syncing)
    provider.tell(groups=["engineers"], roles=["auditor", "owner"])
    user = sign_in(provider)[0].user
    assert user is not None
    assert user.site_roles == ["auditor"]
    assert [group.name for group in user.access_groups.all()] == ["engineers"]


def test_the_session_ends_where_the_key_does(provider: LyingProvider) -> None:
    visitor, _ = sign_in(provider)
    api = Api(visitor.cookies[SESSION_COOKIE].value)
    assert api.post("/users/logout").status_code == 200
    assert api.get("/users/me").status_code == 401
    assert UserLink.objects.count() == 1
    location = urlsplit(sign_in(provider)[1].headers["Location"])
    assert (location.netloc, location.path) == ("", "/")
