"""Sessions that depend on the provider's (accounts.md 1.9, T204 and T213 to T217)."""

import logging
import time
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.links.encryption import decrypt
from accounts.models import User, UserLink
from accounts.providers.identity import Tokens
from scopes.models import Key
from tests.accounts.arrivals import GITHUB, arrive, somebody
from tests.expect import SIGNED_OUT, document, refused
from tests.github_server import GithubServer
from tests.lying_provider import TOKEN, Handler, LyingProvider, fail, hang_up
from tests.people import Api, make_key
from tests.threads import at_once
from tests.waiting import PATIENCE

NOT_RENEWED = (
    "Could not refresh expired OpenID Connect token. Try re-authenticating to resolve this issue."
)
PAST = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def session(alice: User, provider: LyingProvider, configured: None) -> Api:
    """Return alice, whose provider's token is over, with a refresh token that is good."""
    User.objects.filter(pk=alice.pk).update(login_type="oidc", password="")
    return sign_in(provider, Tokens("access", "refresh-alice", PAST))


def sign_in(provider: LyingProvider, tokens: Tokens) -> Api:
    if tokens.refresh_token:
        provider.refresh_tokens.add(tokens.refresh_token)
    return Api(arrive(somebody(tokens=tokens)).secret)


def rotate(handler: Handler) -> None:
    """Answer as a provider that takes each refresh token once, and takes its time."""
    time.sleep(0.3)
    used = handler.form.get("refresh_token", "")
    handler.behave()
    handler.provider.refresh_tokens.discard(used)


# accounts.md T213
def test_a_link_without_an_expiry_is_never_renewed(session: Api, provider: LyingProvider) -> None:
    UserLink.objects.update(expires_at=None, refresh_token="")
    assert session.get("/users/me").status_code == 200
    assert not provider.token_requests


# accounts.md T204
def test_a_session_without_a_link_is_refused(session: Api) -> None:
    link = UserLink.objects.get()
    link.expires_at = None
    link.save()
    assert session.get("/users/me").status_code == 200
    link.login_type = "github"
    link.save()
    detail = "You must re-authenticate with the login provider."
    refused(session.get("/users/me"), 401, SIGNED_OUT, detail=detail)


# accounts.md T214
@pytest.mark.parametrize("expires_at", [PAST, None])
def test_an_expired_key_never_calls_the_provider(
    session: Api, provider: LyingProvider, expires_at: datetime | None
) -> None:
    UserLink.objects.update(expires_at=expires_at)
    Key.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    before = Key.objects.values().get()
    assert document(session.get("/users/me"))["detail"].startswith("API key expired at ")
    assert not provider.token_requests
    assert Key.objects.values().get() == before


# accounts.md T215
def test_an_expired_link_is_renewed_and_the_key_lives_no_longer(
    session: Api, provider: LyingProvider
) -> None:
    key, before = Key.objects.get(), UserLink.objects.get()
    assert session.get("/users/me").status_code == 200
    after = UserLink.objects.get()
    assert decrypt(after.access_token) not in ("", "access")
    assert decrypt(after.refresh_token) in provider.refresh_tokens - {"refresh-alice"}
    assert after.expires_at is not None
    assert after.expires_at > timezone.now()
    assert (after.renewing_until, after.linked_id) == (None, before.linked_id)
    assert Key.objects.get().expires_at == key.expires_at
    assert session.get("/users/me").status_code == 200
    assert len(provider.token_requests) == 1


def test_a_refresh_token_stays_when_the_provider_sends_no_other(
    session: Api, provider: LyingProvider
) -> None:
    provider.token_answer = {"refresh_token": "", "expires_in": 3600}
    assert session.get("/users/me").status_code == 200
    assert decrypt(UserLink.objects.get().refresh_token) == "refresh-alice"


# accounts.md T216
def test_an_expired_link_without_a_refresh_token_ends_the_session(session: Api) -> None:
    assert session.get("/users/me").status_code == 200
    UserLink.objects.update(expires_at=PAST, refresh_token="")
    detail = 'OpenID Connect session expired at "2026-01-02T03:04:05Z". Try signing in again.'
    refused(session.get("/users/me"), 401, SIGNED_OUT, detail=detail)


def test_the_provider_is_called_what_it_is(alice: User, session: Api, github: GithubServer) -> None:
    User.objects.filter(pk=alice.pk).update(login_type="github")
    session = Api(arrive(somebody(tokens=Tokens("access", "", PAST)), GITHUB).secret)
    detail = 'GitHub session expired at "2026-01-02T03:04:05Z". Try signing in again.'
    refused(session.get("/users/me"), 401, SIGNED_OUT, detail=detail)


# accounts.md T217; not Coder's 500 (decision D4)
def test_a_provider_that_is_not_configured_any_more_renews_nothing(
    session: Api, settings: Any
) -> None:
    configured, settings.OIDC_PROVIDERS = settings.OIDC_PROVIDERS, {}
    answer = session.get("/users/me")
    assert answer.status_code == 401
    assert 'Unable to refresh OAuth token for login type "oidc".' in document(answer)["detail"]
    settings.OIDC_PROVIDERS = configured
    assert session.get("/users/me").status_code == 200


@pytest.mark.parametrize("behaviour", [fail, hang_up])
def test_a_provider_that_fails_is_asked_again_later(
    session: Api, provider: LyingProvider, behaviour: Any
) -> None:
    provider.answers[TOKEN] = behaviour
    answer = session.get("/users/me")
    assert (answer.status_code, document(answer)["message"]) == (401, NOT_RENEWED)
    assert "refresh-alice" not in answer.content.decode()
    assert UserLink.objects.get().renewing_until is None
    del provider.answers[TOKEN]
    assert session.get("/users/me").status_code == 200


def test_a_refresh_token_that_the_provider_refuses(session: Api, provider: LyingProvider) -> None:
    provider.refresh_tokens.clear()
    answer = session.get("/users/me")
    assert (answer.status_code, document(answer)["message"]) == (401, NOT_RENEWED)
    assert "WWW-Authenticate" in answer.headers


def test_a_refresh_token_that_cannot_be_decrypted_does_not_count(
    session: Api, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    key, settings.ENCRYPTION_KEY = settings.ENCRYPTION_KEY, "another-key-another-key-another-key"
    with caplog.at_level(logging.DEBUG):
        assert "session expired at" in document(session.get("/users/me"))["detail"]
    assert f"A token of link {UserLink.objects.get().pk} cannot be decrypted" in caplog.text
    assert UserLink.objects.get().refresh_token not in caplog.text
    settings.ENCRYPTION_KEY_FALLBACKS = [key]
    assert session.get("/users/me").status_code == 200


def test_a_renewal_that_died_is_taken_over_after_its_time(
    session: Api, provider: LyingProvider
) -> None:
    end = timezone.now() + timedelta(seconds=2)
    UserLink.objects.update(renewing_until=end)
    # The request that waited for it has no time left to call the provider itself.
    assert session.get("/users/me").status_code == 503
    assert timezone.now() >= end
    assert provider.token_requests == []
    assert session.get("/users/me").status_code == 200
    assert len(provider.token_requests) == 1


@pytest.mark.parametrize("login_type", ["password", "token", "oidc"])
def test_a_request_costs_one_statement(alice: User, session: Api, login_type: str) -> None:
    UserLink.objects.update(expires_at=None)
    token = make_key(alice, login_type=login_type, last_used_at=timezone.now())
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert Api(token).get("/users/me").status_code == 200
        counts.append(len(queries))
    assert counts == [1, 1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_ten_requests_at_once_one_renews_and_all_are_served(
    session: Api, provider: LyingProvider, settings: Any
) -> None:
    provider.answers[TOKEN] = rotate
    answers = at_once(*[lambda: session.get("/users/me")] * 6)
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len(provider.token_requests) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_requests_at_once_one_is_refused_by_the_provider_and_all_by_us(
    session: Api, provider: LyingProvider
) -> None:
    provider.answers[TOKEN] = rotate
    provider.refresh_tokens.clear()
    answers = at_once(*[lambda: session.get("/users/me")] * 6)
    assert {document(answer)["message"] for answer in answers} == {NOT_RENEWED}
    assert len(provider.token_requests) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_sign_in_during_a_renewal_keeps_its_tokens(session: Api, provider: LyingProvider) -> None:
    asked, signed_in_again = Event(), Event()

    def wait(handler: Handler) -> None:
        asked.set()
        assert signed_in_again.wait(PATIENCE)
        handler.behave()

    provider.answers[TOKEN] = wait
    newer = Tokens("newer", "refresh-newer", timezone.now() + timedelta(hours=1))

    def sign_in_meanwhile() -> Any:
        try:
            assert asked.wait(PATIENCE)
            return sign_in(provider, newer).get("/users/me")
        finally:
            signed_in_again.set()

    answers = at_once(lambda: session.get("/users/me"), sign_in_meanwhile)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert decrypt(UserLink.objects.get().refresh_token) == "refresh-newer"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_the_provider_is_called(
    session: Api, provider: LyingProvider, alice: User
) -> None:
    seen: list[int] = []

    def look(handler: Handler) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
            cursor.execute("SELECT 1 FROM accounts_userlink FOR UPDATE NOWAIT")
            cursor.execute("SELECT 1 FROM accounts_user FOR UPDATE NOWAIT")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND state = 'idle in transaction'"
            )
            seen.append(cursor.fetchone()[0])
        connection.close()
        handler.behave()

    provider.answers[TOKEN] = look
    assert session.get("/users/me").status_code == 200
    assert seen == [0]
