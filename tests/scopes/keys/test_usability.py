"""May this key be used? Whoever says so, requests, lists, filters and commands, says the same."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User, UserLink
from coderauth.errors import Unauthenticated
from scopes.authcheck.subjects import inspect_key
from scopes.callers import find_caller, refusal_of
from scopes.keys.verifying import verify
from scopes.models import Key
from tests.pages import visitor
from tests.people import make_key, make_user

HOUR = timedelta(hours=1)
LIST = "/admin/keys"
REFUSED = frozenset({"Refused", "Ended", "Paused"})


def token(user: User) -> str:
    return make_key(user, login_type="token", name="ci")


def session(user: User) -> str:
    return make_key(user)


def provider_session(user: User) -> str:
    return make_key(user, login_type="oidc")


def linked(login_type: str) -> Callable[[User], None]:
    def link(user: User) -> None:
        UserLink.objects.create(user=user, login_type=login_type, provider="oidc", linked_id="1")

    return link


def changed(**fields: object) -> Callable[[User], None]:
    def change(user: User) -> None:
        User.objects.filter(pk=user.pk).update(**fields)

    return change


def both(*happened: Callable[[User], None]) -> Callable[[User], None]:
    def happen(user: User) -> None:
        for one in happened:
            one(user)

    return happen


def expire(user: User) -> None:
    Key.objects.filter(user=user).update(expires_at=timezone.now() - HOUR)


def nothing(user: User) -> None:
    pass


# What somebody holds, what happened, and with which refusal a request is turned away, if any.
STATES = {
    "a token": (token, nothing, ""),
    "a session": (session, nothing, ""),
    "an expired token": (token, expire, "expired_key"),
    "an expired session": (session, expire, "expired_key"),
    "a token of somebody suspended": (token, changed(status="suspended"), "inactive_user"),
    "a token of somebody dormant": (token, changed(status="dormant"), ""),
    "a token of somebody deleted": (token, changed(is_deleted=True), "unknown_key"),
    "a provider's session": (provider_session, linked("oidc"), ""),
    "a provider's session without a link": (provider_session, nothing, "unlinked_key"),
    "a provider's session with another link": (provider_session, linked("github"), "unlinked_key"),
    "an expired session without a link": (provider_session, expire, "expired_key"),
    "a provider's session of somebody suspended": (
        provider_session, both(linked("oidc"), changed(status="suspended")), "inactive_user",
    ),
    "a token of somebody whose link is gone": (
        token, changed(login_type="oidc", password=""), "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_all_who_say_whether_a_key_may_be_used_agree(owner: User, state: str) -> None:
    hold, happen, code = STATES[state]
    user = make_user("ada")
    secret = hold(user)
    happen(user)
    key, now, is_usable = secret[:10], timezone.now(), not code

    caller = find_caller(key)
    refusal = None if caller is None else refusal_of(caller, now)
    assert ("unknown_key" if caller is None else (refusal and refusal.code) or "") == code
    assert Key.objects.usable(now).filter(pk=key).exists() is is_usable
    assert Key.objects.judged(now).get(pk=key).is_usable is is_usable  # type: ignore[attr-defined]
    inspected = inspect_key(key)
    assert (inspected is None, inspected is not None and not inspected.refusal) == (
        code == "unknown_key",
        is_usable,
    )
    assert (key in listed_by_command("--valid")) is (is_usable and hold is token)
    show = {"show": "ended"} if code == "expired_key" else {}
    if hold is not token:
        show = show or {"show": "sessions"}
    if code != "unknown_key" and not (code == "expired_key" and hold is not token):
        listed = visitor(owner).get(LIST, show).context["listing"].rows
        states = {row.key.pk: row.state.words for row in listed}
        assert (states[key] not in REFUSED) is is_usable
    # The request comes last: it would wake who is dormant.
    assert outcome(secret) == code


def listed_by_command(*options: str) -> set[str]:
    out = StringIO()
    call_command("tokens", "list", *options, "--json", stdout=out)
    return {row["id"] for row in json.loads(out.getvalue())["tokens"]}


def outcome(secret: str) -> str:
    try:
        verify(secret, address="192.0.2.1")
    except Unauthenticated as refusal:
        return refusal.code
    return ""


def test_a_command_that_finds_a_key_refused_says_what_to_do(owner: User) -> None:
    key = make_key(make_user("ada"), login_type="oidc")[:10]
    inspected = inspect_key(key)
    assert inspected is not None
    assert inspected.refusal == (
        "ada is not linked to the provider of this session: sign in there again."
    )


# A suspended user's key that is tried by somebody is worth knowing of.
def test_the_use_of_a_good_key_is_noted_even_while_its_user_is_suspended(db: None) -> None:
    secret = make_key(make_user("ada", status="suspended"))
    assert outcome(secret) == "inactive_user"
    assert Key.objects.get().last_used_at is not None
