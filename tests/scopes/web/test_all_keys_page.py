"""`/admin/keys`: everybody's keys, and acts on many at once."""

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coderauth.pages.lists import PER_PAGE
from scopes.models import Key
from tests.pages import notices, text_of, visitor
from tests.people import make_key
from tests.queries import cost

LIST = "/admin/keys"


def token_of(user: User, name: str, **fields: Any) -> Key:
    fields.setdefault("scopes", ["workspace:read"])
    return Key.objects.get(pk=make_key(user, login_type="token", name=name, **fields)[:10])


def found(user: User, query: str) -> set[str]:
    page = visitor(user).get(f"{LIST}{query}")
    assert page.status_code == 200
    return {row.key.name or "a session" for row in page.context["listing"].rows}


def test_keys_are_found_by_filters_in_the_address(owner: User, alice: User, mallory: User) -> None:
    now = timezone.now()
    token_of(alice, "ci", last_used_at=now - timedelta(days=97))
    token_of(mallory, "deploy", scopes=["coder:all"], last_used_at=now)
    token_of(mallory, "old", expires_at=now - timedelta(days=1))
    token_of(mallory, "resting", paused_at=now, expires_at=now + timedelta(days=30))

    assert found(owner, "") == {"ci", "deploy", "resting"}
    assert found(owner, "?unused=90") == {"ci"}
    assert found(owner, "?unused=ever") == {"resting"}
    assert found(owner, "?of=alice") == {"ci"}
    assert found(owner, "?of=ali") == set()
    assert found(owner, "?scope=coder:all") == {"deploy"}
    assert found(owner, "?show=ended") == {"old"}
    assert found(owner, "?show=paused") == {"resting"}
    assert found(owner, "?show=ending") == {"ci", "deploy"}
    assert found(owner, "?q=dep") == {"deploy"}
    assert found(owner, "?show=sessions") == {"a session"}
    assert found(owner, "?q=%00") == set()


def test_tiles_count_what_they_lead_to(owner: User, alice: User) -> None:
    token_of(alice, "ci", last_used_at=timezone.now() - timedelta(days=97))
    token_of(alice, "full", scopes=["coder:all"])

    client = visitor(owner)
    for tile in client.get(LIST).context["tiles"]:
        page = client.get(tile["url"])
        assert str(len(page.context["listing"].rows)) == tile["number"], tile


def test_the_newest_keys_come_first(owner: User, alice: User) -> None:
    for name in ("a", "b", "c"):
        token_of(alice, name)
    listing = visitor(owner).get(LIST).context["listing"]
    assert [row.key.name for row in listing.rows] == ["c", "b", "a"]


def test_what_was_unused_for_longest_comes_first_unless_asked_otherwise(
    owner: User, alice: User
) -> None:
    now = timezone.now()
    for name, days in (("b", 95), ("c", 99), ("a", 97)):
        token_of(alice, name, last_used_at=now - timedelta(days=days))
    token_of(alice, "never", created_at=now - timedelta(days=98))

    def names(query: str) -> list[str]:
        return [row.key.name for row in visitor(owner).get(query).context["listing"].rows]

    assert names(f"{LIST}?unused=90") == ["c", "never", "a", "b"]
    assert names(f"{LIST}?unused=90&sort=name") == ["a", "b", "c", "never"]


def test_pages_follow_each_other(owner: User, alice: User) -> None:
    for number in range(PER_PAGE + 2):
        token_of(alice, f"k{number:03}")
    client = visitor(owner)
    pages = [client.get(f"{LIST}?sort=name&page={page}").context["listing"] for page in (1, 2, 3)]
    names = [row.key.name for listing in pages for row in listing.rows]
    assert names == [f"k{number:03}" for number in range(PER_PAGE + 2)]
    assert [bool(listing.next_url) for listing in pages] == [True, False, False]


def test_fifty_keys_cost_as_much_as_one(owner: User, alice: User) -> None:
    token_of(alice, "one")
    client = visitor(owner, last_used_at=timezone.now())
    one = cost(lambda: client.get(LIST))
    for number in range(60):
        token_of(alice, f"k{number}")

    assert len(cost(lambda: client.get(LIST))) == len(one) <= 7


@pytest.mark.parametrize(("act", "done"), [("revoke", "revoked"), ("expire", "expired")])
def test_many_keys_end_at_once_after_a_question(
    owner: User, alice: User, act: str, done: str
) -> None:
    first, second, kept = (token_of(alice, name) for name in ("a", "b", "c"))
    client = visitor(owner)

    page = client.get(f"{LIST}/{act}?key={first.pk}&key={second.pk}&next={LIST}%3Fof%3Dalice")
    assert f"{act.capitalize()} 2 keys?" in text_of(page)
    assert "of alice, never used" in text_of(page)
    answer = client.post(
        f"{LIST}/{act}", {"key": [first.pk, second.pk], "next": f"{LIST}?of=alice"}
    )

    assert answer.url == f"{LIST}?of=alice"
    assert notices(answer) == [f"2 keys {done}."]
    usable = Key.objects.tokens().usable(timezone.now())
    assert [key.pk for key in usable] == [kept.pk]


def test_asking_about_nothing_is_not_found(owner: User) -> None:
    for query in ("", "?key=", "?key=%00", "?key=0123456789"):
        assert visitor(owner).get(f"{LIST}/revoke{query}").status_code == 404


def test_the_list_is_a_file_too(owner: User, alice: User) -> None:
    token_of(alice, "=1+1")
    token_of(alice, "ci")
    answer = visitor(owner).get(f"{LIST}.csv?of=alice")

    rows = [*csv.reader(b"".join(answer.streaming_content).decode().splitlines())]
    assert rows[0][:3] == ["id", "name", "user"]
    assert {row[1] for row in rows[1:]} == {"'=1+1", "ci"}
    assert answer["Content-Disposition"] == 'attachment; filename="keys.csv"'
