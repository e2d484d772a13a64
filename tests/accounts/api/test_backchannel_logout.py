"""`POST /users/oidc/backchannel-logout`: the provider says who has signed out there."""

import time
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.models import ProviderSession, UsedLogoutToken, User
from audit.models import Entry
from coderauth.http.csrf import SESSION_COOKIE
from scopes.engine.catalog import APPLICATION_CONNECT
from scopes.models import Key
from tests.accounts.oidc_visitor import Visitor, path_of
from tests.expect import document
from tests.lying_provider import (
    CLIENT_ID,
    LEFT_OUT,
    LOGOUT_EVENT,
    OTHER_RSA,
    ROTATED_RSA,
    LyingProvider,
    lying_provider,
    signed,
    signed_with_public_key,
    unsigned,
)
from tests.oidc import configure, forget, oidc_config
from tests.people import Api, is_good, make_key
from tests.threads import at_once

pytestmark = pytest.mark.usefixtures("owner")
PATH = "/users/oidc/backchannel-logout"
FORM = "application/x-www-form-urlencoded"


def sign_in(provider: LyingProvider, session: Any = LEFT_OUT) -> Api:
    """Return a client with a session that a session of the provider opened."""
    provider.tell(sid=session)
    visitor = Visitor()
    answer = visitor.api(path_of(provider.authorize(visitor.leave())))
    assert answer.status_code == 307, answer.content
    return Api(visitor.cookies[SESSION_COOKIE].value)


def tell(token: str, path: str = PATH) -> Any:
    body = urlencode({"logout_token": token}).encode()
    return Api()("POST", path, raw=body, content_type=FORM)


def why_refused(token: str) -> str:
    answer = tell(token)
    assert answer.status_code == 400
    assert document(answer)["message"] == "Failed to verify logout token."
    return str(document(answer)["detail"])


def test_the_session_that_is_named_ends_and_no_other(provider: LyingProvider) -> None:
    browser, other = sign_in(provider, "s1"), sign_in(provider, "s2")
    answer = tell(provider.logout_token(sid="s1", sub=LEFT_OUT))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert (is_good(browser), is_good(other)) == (False, True)
    tell(provider.logout_token(sid="s2"))
    assert not is_good(other)


def test_all_sessions_of_the_person_end_when_none_is_named(provider: LyingProvider) -> None:
    sessions = [sign_in(provider, "s1"), sign_in(provider)]
    ada = User.objects.get(username="ada")
    command_line = Api(make_key(ada))
    token = Api(make_key(ada, login_type="token", name="ci"))
    provider.subject = "grace"
    provider.tell(email="grace@example.test", preferred_username="grace")
    grace = sign_in(provider, "s3")
    assert tell(provider.logout_token(sub="248289761001")).status_code == 200
    assert [is_good(api) for api in [*sessions, command_line]] == [False] * 3
    assert is_good(token)
    assert is_good(grace)


def test_of_person_and_session_those_end_too_that_were_never_named(
    provider: LyingProvider,
) -> None:
    named, other, unnamed = (sign_in(provider, name) for name in ("s1", "s2", LEFT_OUT))
    command_line = Api(make_key(User.objects.get(username="ada")))
    assert tell(provider.logout_token(sid="s1")).status_code == 200
    assert [is_good(api) for api in (named, unnamed, other, command_line)] == [
        False, False, True, True,
    ]  # fmt: skip


def test_keys_for_workspace_apps_end_with_the_sessions_that_they_live_off(
    provider: LyingProvider,
) -> None:
    sign_in(provider, "s1")
    app = make_key(User.objects.get(username="ada"), scopes=[APPLICATION_CONNECT])
    assert tell(provider.logout_token(sid="s1")).status_code == 200
    assert not Key.objects.filter(pk=app[:10]).exists()


@pytest.mark.parametrize("claims", [{"sub": "nobody"}, {"sub": LEFT_OUT, "sid": "unknown"}])
def test_a_person_without_a_session_here_is_signed_out_already(
    provider: LyingProvider, claims: dict[str, Any]
) -> None:
    ada = sign_in(provider, "s1")
    assert tell(provider.logout_token(**claims)).status_code == 200
    assert is_good(ada)


@pytest.mark.parametrize(
    ("honest", "lie"),
    [
        ({}, {"iss": "https://evil.example.test"}),
        ({}, {"iss": LEFT_OUT}),
        ({}, {"aud": "another"}),
        ({"aud": [CLIENT_ID, "another"]}, {"aud": LEFT_OUT}),
        ({}, {"iat": LEFT_OUT}),
        ({}, {"iat": "now"}),
        ({}, {"iat": time.time() + 86_400}),
        ({}, {"exp": 1}),
        ({}, {"exp": "never"}),
        ({}, {"exp": time.time() + 10 * 86_400}),
        ({"exp": LEFT_OUT}, {"exp": LEFT_OUT, "iat": int(time.time()) - 3600}),
        ({}, {"jti": LEFT_OUT}),
        ({}, {"jti": ""}),
        ({}, {"events": LEFT_OUT}),
        ({"events": {LOGOUT_EVENT: {}, "urn:more": 1}}, {"events": {"urn:more": {}}}),
        ({}, {"events": [LOGOUT_EVENT]}),
        ({}, {"events": {LOGOUT_EVENT: "x"}}),
        ({}, {"nonce": "x"}),
        ({}, {"sub": LEFT_OUT}),
        ({"sid": "s1"}, {"sub": 5, "sid": ["s1"]}),
    ],
)
def test_a_claim_that_is_wrong_is_refused(
    provider: LyingProvider, honest: dict[str, Any], lie: dict[str, Any]
) -> None:
    ada = sign_in(provider, "s1")
    assert why_refused(provider.logout_token(**lie))
    assert is_good(ada)
    assert tell(provider.logout_token(**honest)).status_code == 200
    assert not is_good(ada)


def test_an_id_token_is_no_logout_token(provider: LyingProvider) -> None:
    ada = sign_in(provider)
    why_refused(provider.id_token({"client_id": CLIENT_ID, "nonce": "x"}, ""))
    why_refused(provider.id_token({"client_id": CLIENT_ID}, ""))
    assert is_good(ada)


def test_only_the_provider_signs_it(provider: LyingProvider) -> None:
    ada = sign_in(provider)
    claims = {
        "iss": provider.issuer, "aud": CLIENT_ID, "iat": int(time.time()), "jti": "1",
        "sub": provider.subject, "events": {LOGOUT_EVENT: {}},
    }  # fmt: skip
    for forged in (
        signed(claims, OTHER_RSA),
        unsigned(provider, claims),
        signed_with_public_key(provider, claims),
        "x",
        "a.b.c",
        "e30.e30.",
    ):
        why_refused(forged)
    assert "too long" in why_refused(signed({**claims, "more": "x" * 20_000}, provider.key))
    assert is_good(ada)
    assert tell(signed(claims, provider.key)).status_code == 200
    assert not is_good(ada)


def test_a_token_is_obeyed_once(provider: LyingProvider) -> None:
    first = sign_in(provider)
    token = provider.logout_token()
    assert tell(token).status_code == 200
    again = sign_in(provider)
    assert "already used" in why_refused(token)
    assert (is_good(first), is_good(again)) == (False, True)
    assert tell(provider.logout_token()).status_code == 200
    assert not is_good(again)


def test_tokens_that_are_out_of_date_are_forgotten(provider: LyingProvider) -> None:
    tell(provider.logout_token())
    UsedLogoutToken.objects.update(expires_at="2020-01-01T00:00:00Z")
    tell(provider.logout_token())
    assert UsedLogoutToken.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", FORM),
        (b"logout_token=", FORM),
        (b"token=x", FORM),
        (b"logout_token=%ff&" * 2000, FORM),
        (b"\xff", FORM),
        (b'{"logout_token": "x"}', "application/json"),
        (b"x" * (2**20 + 1), FORM),
    ],
)
def test_a_body_without_a_token_is_refused(
    provider: LyingProvider, body: bytes, content_type: str
) -> None:
    answer = Api()("POST", PATH, raw=body, content_type=content_type)
    assert answer.status_code == 400
    assert tell(provider.logout_token()).status_code == 200


def test_a_provider_signs_out_its_own_people_only(provider: LyingProvider, settings: Any) -> None:
    with lying_provider() as other:
        other.tell(email="grace@example.test", preferred_username="grace")
        configure(settings, oidc_config(provider.issuer), oidc_config(other.issuer, id="1"))
        ada = sign_in(provider, "s1")
        told: list[dict[str, Any]] = [{}, {"sid": "s1"}, {"sid": "s1", "sub": LEFT_OUT}]
        for claims in told:
            answer = tell(other.logout_token(**claims), PATH.replace("oidc", "oidc/1"))
            assert answer.status_code == 200
        why_refused(other.logout_token())
        assert is_good(ada)
        assert tell(provider.logout_token(), PATH).status_code == 200
        assert not is_good(ada)


def test_a_provider_that_is_not_configured_signs_nobody_out(
    provider: LyingProvider, settings: Any
) -> None:
    ada = sign_in(provider)
    token = provider.logout_token()
    configured, settings.OIDC_PROVIDERS = settings.OIDC_PROVIDERS, {}
    assert tell(token).status_code == 400
    assert tell(token, PATH.replace("oidc", "oidc/7")).status_code == 400
    settings.OIDC_PROVIDERS = configured
    assert is_good(ada)
    assert tell(token).status_code == 200


def test_what_no_provider_would_say_asks_nobody(provider: LyingProvider) -> None:
    forget()
    before = provider.asked.total()
    nothings = ("x", "a.b.c", "e30.e30.e30", "e30.W10.x", "e30.e3t9.x")
    for token in (*nothings, provider.logout_token(aud="another")):
        why_refused(token)
    assert provider.asked.total() == before
    assert tell(provider.logout_token()).status_code == 200
    assert provider.asked.total() > before


def test_made_up_tokens_do_not_use_up_the_keys_of_sign_ins(provider: LyingProvider) -> None:
    """Keys are fetched again when a token does not match them, but not without end."""
    sign_in(provider)
    honest, provider.key = provider.key, ROTATED_RSA
    forged = provider.logout_token()
    provider.key = honest
    for _ in range(8):
        why_refused(forged)
    assert provider.asked["/keys"] == 6
    provider.key = ROTATED_RSA
    assert is_good(sign_in(provider))


def test_it_is_in_the_audit(provider: LyingProvider) -> None:
    sign_in(provider, "s1")
    ada = User.objects.get(username="ada")
    token = provider.logout_token(sid="s1")
    tell(token)
    entry = Entry.objects.get(action="logout")
    assert (entry.action, entry.resource_type, str(entry.resource_id)) == (
        "logout", "api_key", str(ada.pk),
    )  # fmt: skip
    assert entry.additional_fields == {
        "automatic_actor": "coder",
        "automatic_subsystem": "backchannel_logout",
        "provider": "oidc",
        "deleted": 1,
    }
    before = Entry.objects.count()
    why_refused(token)
    assert Entry.objects.count() == before


def test_what_is_kept_of_sessions_goes_with_them(provider: LyingProvider) -> None:
    for name in ("s1", "s2"):
        sign_in(provider, name)
    Key.objects.all().delete()
    sign_in(provider, "s3")
    assert ProviderSession.objects.count() == 1
    ada = User.objects.get(username="ada")
    assert Api(make_key(User.objects.get(username="owner"))).delete(f"/users/{ada.pk}")
    assert not ProviderSession.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_one_token_sent_many_times_at_once_one_is_obeyed(provider: LyingProvider) -> None:
    ada = sign_in(provider)
    outcomes = at_once(*[partial(tell, provider.logout_token())] * 6)
    assert sorted(answer.status_code for answer in outcomes) == [200] + [400] * 5
    assert not is_good(ada)
