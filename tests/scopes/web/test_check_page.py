"""`/check`: may somebody, or a key, do a thing, and why?"""

from urllib.parse import urlencode

import pytest

from accounts.models import User
from scopes.models import Key
from tests.pages import text_of, visitor
from tests.people import make_key
from tests.scopes.registry import store


def asked(user: User, **query: str) -> str:
    query.setdefault("type", "workspace")
    page = visitor(user).get(f"/check?{urlencode(query)}")
    assert page.status_code == 200
    return text_of(page)


def test_a_key_without_the_scope_is_told_and_a_wider_one_offered(alice: User) -> None:
    secret = make_key(alice, login_type="token", name="ci", scopes=["workspace:read"])
    client = visitor(alice)

    page = client.get(f"/check?who=key:{secret[:10]}&action=stop&type=workspace")

    text = text_of(page)
    assert "No: ci may not workspace:stop" in text
    assert "The role Member grants workspace:*." in text
    assert "The key has workspace:read, which does not permit workspace:stop." in text
    assert "/keys/new?scopes=workspace%3Aread%2Cworkspace%3Astop" in page.content.decode()
    assert "Yes: ci may workspace:read" in asked(alice, who=f"key:{secret[:10]}", action="read")


def test_what_no_role_grants_is_told(alice: User, owner: User) -> None:
    question = {"who": "me", "action": "create", "type": "organization"}

    assert "No: you may not organization:create" in asked(alice, **question)
    assert "No role grants organization:create." in asked(alice, **question)
    assert "Yes: you may organization:create Role The role Owner grants" in asked(owner, **question)


def test_administrators_ask_about_anybody_others_about_themselves(alice: User, owner: User) -> None:
    question = {"who": "person", "person": "alice", "action": "read", "type": "user"}

    assert "Yes: alice may user:read" in asked(owner, **question)
    page = visitor(alice).get(f"/check?{urlencode(question)}")
    assert page.status_code == 400
    assert "Somebody else" not in text_of(page)


def test_keys_of_others_cannot_be_asked_about(alice: User, mallory: User) -> None:
    secret = make_key(alice, login_type="token")

    page = visitor(mallory).get(f"/check?who=key:{secret[:10]}&action=read&type=workspace")

    assert page.status_code == 400


def test_an_object_that_one_may_not_see_is_answered_like_none(alice: User, mallory: User) -> None:
    hers = store("workspace", owner=alice)

    assert "Yes: you may workspace:read" in asked(
        alice, who="me", action="read", id=str(hers.object_id)
    )
    unseen = asked(mallory, who="me", action="read", id=str(hers.object_id))
    unknown = asked(mallory, who="me", action="read", id="8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10")
    assert unseen.replace(str(hers.object_id), "") == unknown.replace(
        "8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10", ""
    )


def test_an_expired_key_may_nothing_and_says_so(alice: User) -> None:
    secret = make_key(alice, login_type="token", name="ci")
    Key.objects.filter(pk=secret[:10]).update(expires_at="2020-01-01T00:00:00Z")

    text = asked(alice, who=f"key:{secret[:10]}", action="read")

    assert "No: ci may not workspace:read" in text
    assert "The key has expired" in text


@pytest.mark.parametrize(
    "query",
    ["who=me", "who=me&action=fly&type=workspace", "who=me&action=read&type=workspace&id=x"],
)
def test_bad_questions_are_told(alice: User, query: str) -> None:
    assert visitor(alice).get(f"/check?{query}").status_code == 400
