"""People are told by mail what happened to their accounts and keys."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Notice, User
from accounts.notices.kinds import KINDS
from accounts.notices.sending import notices_of_endings, notices_queue
from accounts.people.users import status_set
from coderauth.tasks import task_claim
from scopes.actors import OPERATOR
from scopes.keys.retention import keys_expire_unused
from scopes.models import Key
from tests.expect import STRONG
from tests.mailbox import run_due_tasks
from tests.people import PASSWORD, Api, make_key, make_user, signed_in
from tests.scopes.keyring import token
from tests.threads import at_once

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/605"


def sent_to(user: User) -> list[EmailMultiAlternatives]:
    """Send what is due, as the worker does; return what came to somebody."""
    notices_queue()
    run_due_tasks()
    return [one for one in mail.outbox if one.to == [user.email]]  # type: ignore[misc]


def sign_in(user: User, agent: str) -> None:
    body = {"email": user.email, "password": PASSWORD}
    assert Api().post("/users/login", body, user_agent=agent).status_code == 201


def changes_password(alice: User, owner: User) -> None:
    body = {"password": STRONG, "old_password": PASSWORD}
    assert signed_in(alice).put("/users/me/password", body).status_code == 204


def is_given_a_password(alice: User, owner: User) -> None:
    answer = signed_in(owner).put("/users/alice/password", {"password": STRONG})
    assert answer.status_code == 204


def makes_a_key_for_everything(alice: User, owner: User) -> None:
    token(signed_in(alice), token_name="wide")


def signs_in_with_a_phone(alice: User, owner: User) -> None:
    sign_in(alice, FIREFOX)
    sign_in(alice, IPHONE)


def leaks_a_key(alice: User, owner: User) -> None:
    secret = token(signed_in(alice), token_name="ci", scopes=["user:read"])
    assert Api().post("/auth/leaked", [secret]).status_code == 202


def uses_no_key(alice: User, owner: User) -> None:
    make_key(alice, login_type="token", name="ci", created_at=timezone.now() - timedelta(days=9))
    keys_expire_unused(unused_for=timedelta(days=5))


def is_suspended(alice: User, owner: User) -> None:
    assert signed_in(owner).put("/users/alice/status/suspend").status_code == 200


def is_activated(alice: User, owner: User) -> None:
    User.objects.filter(pk=alice.pk).update(status="suspended")
    assert signed_in(owner).put("/users/alice/status/activate").status_code == 200


def is_deleted(alice: User, owner: User) -> None:
    assert signed_in(owner).delete("/users/alice").status_code == 200


def has_a_key_that_ends(alice: User, owner: User) -> None:
    make_key(alice, login_type="token", name="ci", lifetime=timedelta(days=30),
             expires_at=timezone.now() + timedelta(days=6))  # fmt: skip
    notices_of_endings()
    notices_of_endings()


# What happens to alice, the subject of the one mail, and words in it.
STORIES: tuple[tuple[Callable[[User, User], None], str, str], ...] = (
    (changes_password, "Your password was changed", "your account alice by yourself"),
    (is_given_a_password, "Your password was changed", "your account alice by owner"),
    (
        makes_a_key_for_everything,
        "A key for everything was made",
        "The key wide was made for your account alice by yourself",
    ),
    (signs_in_with_a_phone, "Signed in with a new device", "Safari on iPhone"),
    (leaks_a_key, "A leaked key was revoked", "The key ci"),
    (uses_no_key, "An unused key has expired", "The key ci"),
    (is_suspended, "Your account was suspended", "Your account alice was suspended by owner"),
    (is_activated, "Your account was activated", "Your account alice was activated by owner"),
    (is_deleted, "Your account was deleted", "Your account alice was deleted by owner"),
    (has_a_key_that_ends, "A key is about to end", "The key ci of your account alice ends on"),
)


@pytest.mark.parametrize(("happens", "subject", "words"), STORIES)
def test_each_is_told_once_with_what_to_do(
    alice: User, owner: User, happens: Callable[[User, User], None], subject: str, words: str
) -> None:
    happens(alice, owner)

    (message,) = sent_to(alice)

    assert message.subject == subject
    assert words in message.body
    assert "/account/mail" in message.body
    (html,) = (str(part[0]) for part in message.alternatives)
    assert words in html
    assert len(sent_to(alice)) == 1, "and not again"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_among_these_or_told_apart(kind: str) -> None:
    told = {"sign_in_changed", "people_changed"} | {
        "password_changed", "full_access_key", "new_device", "key_leaked", "key_unused",
        "suspended", "activated", "deleted", "key_ending",
    }  # fmt: skip
    assert kind in told


def test_administrators_are_told_of_others_accounts(alice: User, owner: User) -> None:
    uma = make_user("uma", roles=["user-admin"])

    signed_in(owner).put("/users/alice/status/suspend")

    (message,) = sent_to(uma)
    assert message.subject == "The account alice was suspended"
    assert sent_to(owner) == []


def test_the_first_device_and_a_known_one_are_no_news(alice: User) -> None:
    sign_in(alice, FIREFOX)
    sign_in(alice, FIREFOX.replace("145", "146"))

    assert sent_to(alice) == []


# A sign-in that is no news must not hold up what comes after it.
def test_what_is_dropped_delays_nothing(alice: User) -> None:
    sign_in(alice, FIREFOX)
    assert sent_to(alice) == []

    token(signed_in(alice), token_name="wide")

    assert len(sent_to(alice)) == 1


def test_muted_by_the_person_nothing_is_sent(alice: User) -> None:
    api = signed_in(alice)
    assert api.put("/users/me/notices", {"muted": ["full_access_key"]}).status_code == 204

    token(api, token_name="wide")
    assert sent_to(alice) == []

    api.put("/users/me/notices", {"muted": []})
    token(api, token_name="wider")
    assert len(sent_to(alice)) == 1


def test_off_for_the_deployment_nothing_is_sent(alice: User, settings: Settings) -> None:
    settings.NOTICES_OFF = ["full_access_key"]
    token(signed_in(alice))

    assert not Notice.objects.exists()
    found = signed_in(alice).get("/users/me/notices").json()
    assert [one["kind"] for one in found if not one["sent"]] == ["full_access_key"]


def test_unknown_kinds_are_refused(as_alice: Api) -> None:
    assert as_alice.put("/users/me/notices", {"muted": ["everything"]}).status_code == 400


def test_a_narrowed_token_is_not_told_of(alice: User) -> None:
    token(signed_in(alice), scopes=["user:read"])

    assert sent_to(alice) == []


def test_an_act_that_is_rolled_back_is_not_told(alice: User) -> None:
    with transaction.atomic():
        status_set(caller=OPERATOR, user=alice, status="suspended")  # type: ignore[arg-type]
        transaction.set_rollback(True)

    assert sent_to(alice) == []


def test_many_notices_are_one_mail_and_a_digest(alice: User) -> None:
    api = signed_in(alice)
    token(api, token_name="first")
    assert len(sent_to(alice)) == 1

    for number in range(29):
        token(api, token_name=f"t{number}")
    assert len(sent_to(alice)) == 1, "within ten minutes nothing follows"

    Notice.objects.filter(queued_at__isnull=False).update(
        queued_at=timezone.now() - timedelta(minutes=11)
    )
    messages = sent_to(alice)
    assert len(messages) == 2
    assert messages[-1].subject == "29 notices about your account"
    assert "t0" in messages[-1].body
    assert "t28" in messages[-1].body


def test_a_broken_mail_server_loses_none(alice: User, settings: Settings) -> None:
    token(signed_in(alice), token_name="wide")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert sent_to(alice) == []

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    # The task failed for good long ago: it is queued anew.
    Notice.objects.update(queued_at=timezone.now() - timedelta(hours=6))
    assert len(sent_to(alice)) == 1


def test_a_service_account_has_no_address_to_write_to(owner: User) -> None:
    bot = make_user("bot", login_type="none", is_service_account=True, email="")
    assert signed_in(owner).post(f"/users/{bot.username}/keys/tokens", {}).status_code == 201

    notices_queue()
    run_due_tasks()

    assert mail.outbox == []


def test_a_short_lived_key_is_not_warned_of(alice: User) -> None:
    make_key(alice, login_type="token", lifetime=timedelta(days=7))
    notices_of_endings()

    assert not Notice.objects.exists()


def test_a_moved_end_is_warned_of_anew(alice: User) -> None:
    soon = timezone.now() + timedelta(days=6)
    make_key(alice, login_type="token", lifetime=timedelta(days=30), expires_at=soon)
    notices_of_endings()
    Key.objects.tokens().update(expires_at=soon + timedelta(hours=5))
    notices_of_endings()

    assert Notice.objects.count() == 2


def test_no_mail_has_a_secret(alice: User, owner: User) -> None:
    secret = token(signed_in(alice), token_name="wide")
    Api().post("/auth/leaked", [secret])
    is_given_a_password(alice, owner)

    texts = [str(one.message()) for one in sent_to(alice)]
    assert texts
    for canary in (secret, secret.partition("-")[2], STRONG, PASSWORD):
        assert not any(canary in text for text in texts)
        assert not any(canary in str(notice.facts) for notice in Notice.objects.all())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_once(alice: User) -> None:
    people = [make_user(f"u{number}") for number in range(20)]
    for person in people:
        token(signed_in(person), token_name="wide")

    at_once(*[notices_queue] * 4)

    queued: list[Any] = []
    while (row := task_claim("tests")) is not None:
        queued += row.args_kwargs["args"][0]
    assert sorted(queued) == sorted(Notice.objects.values_list("pk", flat=True))
