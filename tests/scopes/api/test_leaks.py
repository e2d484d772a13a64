"""Leaked tokens: revoked, whoever reports them."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import Entry
from tests.expect import refused
from tests.people import Api, is_good, make_key
from tests.scopes.keyring import narrowed, token

PATH = "/auth/leaked"


@pytest.mark.parametrize("form", ["github", "plain"])
def test_a_real_token_is_revoked_with_what_it_made(alice: User, form: str) -> None:
    parent = narrowed(alice, "api_key:*", "user:read")
    child, other = token(parent, scopes=["user:read"]), make_key(alice)
    url = f"https://github.test/x?{parent.token}\x1b"
    entry: Any = {"token": parent.token, "type": "acme", "url": url, "source": "commit"}
    body = [entry if form == "github" else parent.token, "rubbish", f"{'a' * 10}-{'b' * 22}"]

    assert Api().post(PATH, body).status_code == 202

    assert [is_good(Api(key)) for key in (parent.token, child, other)] == [False, False, True]
    recorded = Entry.objects.get(action="delete")
    assert recorded.actor_id is None
    assert recorded.additional_fields["leaked"] is True
    shown = "https://github.test/x?…" if form == "github" else ""
    assert recorded.additional_fields["url"] == shown
    assert parent.token[11:] not in str(recorded.additional_fields)


def test_an_old_secret_in_its_grace_ends_the_key(as_alice: Api) -> None:
    old = token(as_alice)
    new = as_alice.post(f"/users/me/keys/{old[:10]}/rotate", {}).json()["key"]
    assert Api().post(PATH, [old]).status_code == 202
    assert not is_good(Api(new))


@pytest.mark.parametrize("body", [[], ["rubbish"], [""], ["\ud800"], [{"token": "x"}]])
def test_what_is_not_ours_is_answered_alike(db: None, body: Any) -> None:
    answer = Api().post(PATH, body)
    assert (answer.status_code, answer.content) == (202, b"")


@pytest.mark.parametrize("body", [{}, "x", None, 7, [7], [[]], [{}], [{"token": 7}]])
def test_what_is_no_list_of_tokens_is_refused(alice: User, body: Any) -> None:
    secret = make_key(alice)
    assert Api().post(PATH, body).status_code == 400
    assert is_good(Api(secret))


def test_too_many_at_once_are_refused(alice: User) -> None:
    secret = make_key(alice)
    refused(Api().post(PATH, [secret] * 101), 400,
            "At most 100 tokens can be reported in one request.", detail="It has 101.")  # fmt: skip
    assert is_good(Api(secret))
    assert Api().post(PATH, [secret] * 100).status_code == 202
    assert not is_good(Api(secret))
