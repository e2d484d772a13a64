"""What a provider gave us is encrypted in one place and nowhere else, whatever happens."""

import logging
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.federation.conversion import COOKIE
from accounts.models import User, UserLink
from audit.models import Entry
from coderauth.http.csrf import SESSION_COOKIE
from tests.accounts.oidc_visitor import Visitor, path_of
from tests.leaks import dump, holding
from tests.lying_provider import CLIENT_SECRET, TOKEN, LyingProvider, fail, lying_provider
from tests.oidc import configure, forget, oidc_config, query_of
from tests.pages import visitor
from tests.people import PASSWORD, Api, make_key, make_user


class Story:
    """Somebody who signs in, is renewed, converts and fails, and what that made of secrets."""

    def __init__(self, provider: LyingProvider) -> None:
        self.provider = provider
        self.secrets: set[str] = {CLIENT_SECRET}
        self.answers: list[Any] = []
        provider.access_token = self._access_token

    def _access_token(self, _: LyingProvider) -> str:
        token = f"access-{secrets.token_urlsafe(24)}"
        self.secrets.add(token)
        return token

    def sign_in(self, browser: Visitor, **query: str) -> Any:
        back = self.provider.authorize(browser.leave(**query))
        kept = browser.kept()
        self.secrets |= {query_of(back)["code"], kept["oauth_pkce_verifier"]}
        answer = browser.api(path_of(back))
        self.answers.append(answer)
        self.secrets |= self.provider.refresh_tokens
        return answer

    def use(self, browser: Visitor) -> int:
        UserLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        answer = Api(browser.cookies[SESSION_COOKIE].value).get("/users/me")
        self.answers.append(answer)
        self.secrets |= self.provider.refresh_tokens
        return int(answer.status_code)


@pytest.fixture
def story(db: None, settings: Any, caplog: pytest.LogCaptureFixture) -> Iterator[Story]:
    forget()
    owner = make_user("owner", roles=["owner"])
    with lying_provider() as provider, caplog.at_level(logging.DEBUG):
        configure(settings, oidc_config(provider.issuer))
        provider.tell(email="ada@example.test", preferred_username="ada")
        told = Story(provider)
        browser = Visitor()
        assert told.sign_in(browser).status_code == 307
        assert told.use(browser) == 200
        provider.answers[TOKEN] = fail
        assert told.use(browser) == 401
        assert told.sign_in(browser).status_code >= 400
        del provider.answers[TOKEN]
        provider.refresh_tokens.clear()
        assert told.use(browser) == 401
        _convert(told, make_user("grace"))
        settings.ENCRYPTION_KEY, before = secrets.token_urlsafe(32), settings.ENCRYPTION_KEY
        settings.ENCRYPTION_KEY_FALLBACKS = [before]
        call_command("rotate_encryption")
        settings.ENCRYPTION_KEY = secrets.token_urlsafe(32)
        settings.ENCRYPTION_KEY_FALLBACKS = []
        assert told.use(browser) == 401
        admin = visitor(owner)
        for user in User.objects.all():
            told.answers.append(admin.get(f"/admin/accounts/user/{user.pk}/change/"))
        told.answers.append(admin.get("/admin/audit/entry/"))
        yield told


def _convert(told: Story, user: User) -> None:
    told.provider.tell(email=user.email, sub="grace")
    told.provider.userinfo = {"sub": "grace"}
    token, browser = make_key(user), Visitor()
    body = {"to_type": "oidc", "password": PASSWORD}
    answer = Api(token).post("/users/me/convert-login", body)
    browser.cookies[COOKIE] = answer.cookies[COOKIE].value
    told.secrets.add(answer.cookies[COOKIE].value)
    state = answer.json()["state_string"]
    assert told.sign_in(browser, oidc_merge_state=state).status_code == 307


def test_nothing_of_a_provider_is_in_plain_anywhere(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(story.secrets) > 8
    assert holding(dump(), story.secrets) == []
    told = "\n".join(
        f"{record.getMessage()} {record.args!r} {record.exc_text}"
        for record in caplog.records
        if not record.name.startswith("django.db.backends")  # Statements; the database has them.
    )
    assert holding(told, story.secrets) == []
    entries = "".join(f"{entry.diff} {entry.additional_fields}" for entry in Entry.objects.all())
    assert holding(entries, story.secrets) == []
    for answer in story.answers:
        shown = answer.content.decode() + str(answer.headers)
        assert holding(shown, story.secrets) == []


def test_what_is_stored_is_shown_by_no_page_and_no_model(story: Story) -> None:
    for link in UserLink.objects.all():
        sealed = {link.access_token, link.refresh_token}
        assert "" not in sealed
        assert holding(f"{link} {link!r}", sealed) == []
        for answer in story.answers:
            assert holding(answer.content.decode(), sealed) == []
