"""`/keys` and `/keys/<id>`: one's own keys and sessions, and what can be done with each."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from scopes.keys.verifying import verify
from scopes.models import Key
from tests.pages import notices, text_of, visitor
from tests.people import make_key, make_user
from tests.queries import cost


def token_of(user: User, name: str = "ci", **fields: Any) -> Key:
    """Store a token."""
    fields.setdefault("scopes", ["workspace:read"])
    secret = make_key(user, login_type="token", name=name, **fields)
    return Key.objects.get(pk=secret.partition("-")[0])


def test_keys_and_sessions_are_listed(alice: User, mallory: User) -> None:
    token_of(alice, "nightly")
    token_of(mallory, "foreign")
    make_key(alice, user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0", way="password")

    text = text_of(visitor(alice).get("/keys"))

    assert "nightly" in text
    assert "foreign" not in text
    assert "Firefox on Linux" in text
    assert text.count("This browser") == 1
    assert text.index("This browser") < text.index("Firefox on Linux")


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("Active", {}),
        ("Paused", {"paused_at": timezone.now()}),
        ("Ended", {"expires_at": timezone.now() - timedelta(days=1)}),
        ("Full access", {"scopes": ["coder:all"]}),
        ("Unused", {"last_used_at": timezone.now() - timedelta(days=97)}),
    ],
)
def test_the_state_of_a_key_is_said_in_words(
    alice: User, words: str, fields: dict[str, Any]
) -> None:
    token_of(alice, **fields)

    page = visitor(alice).get("/keys").content.decode()
    assert re.search(rf'class="badge badge-\w+">{words}<', page)


def test_the_list_is_sorted_by_its_address(alice: User) -> None:
    for name in ("b", "a", "c"):
        token_of(alice, f"key-{name}")

    def order(query: str) -> list[str]:
        page = visitor(alice).get(f"/keys{query}").content.decode()
        return re.findall(r">key-(\w)</a>", page)

    assert order("") == order("?sort=nonsense") == order("?sort=name") == ["a", "b", "c"]
    assert order("?sort=-name") == ["c", "b", "a"]


def test_fifty_keys_cost_as_much_as_one(alice: User) -> None:
    token_of(alice)
    one = cost(lambda: visitor(alice, last_used_at=timezone.now()).get("/keys"))
    for number in range(60):
        token_of(alice, f"key-{number}")

    many = cost(lambda: visitor(alice, last_used_at=timezone.now()).get("/keys"))

    assert len(many) == len(one)
    assert 'rel="next"' in visitor(alice).get("/keys").content.decode()
    assert "key-9" in text_of(visitor(alice).get("/keys?page=2"))


def test_a_key_says_what_it_can_do(alice: User) -> None:
    key = token_of(alice, scopes=["workspace:read", "task:delete"])

    text = text_of(visitor(alice).get(f"/keys/{key.pk}"))

    assert "See workspaces. workspace:read" in text
    assert "Delete tasks. task:delete" in text


def test_the_first_use_is_in_the_trail(alice: User) -> None:
    secret = make_key(alice, login_type="token", name="ci")
    key_id = secret.partition("-")[0]
    assert "first used the key" not in text_of(visitor(alice).get(f"/keys/{key_id}"))

    verify(secret, address="203.0.113.5")

    assert "first used the key ci" in text_of(visitor(alice).get(f"/keys/{key_id}"))


@pytest.mark.parametrize("act", ["", "/rotate", "/pause", "/resume", "/expire", "/revoke"])
def test_keys_of_others_are_not_found(alice: User, mallory: User, owner: User, act: str) -> None:
    key = token_of(alice)

    for method in ("get", "post"):
        answer = getattr(visitor(mallory), method)(f"/keys/{key.pk}{act}")
        assert answer.status_code == 404
    assert visitor(owner).get(f"/keys/{key.pk}").status_code == 200
    assert Key.objects.get(pk=key.pk).expires_at == key.expires_at


def test_a_key_is_paused_and_resumed(alice: User) -> None:
    key, client = token_of(alice), visitor(alice)

    paused = client.post(f"/keys/{key.pk}/pause")
    assert (paused.status_code, paused.url) == (302, f"/keys/{key.pk}")
    assert Key.objects.get(pk=key.pk).is_paused
    assert "Resume" in text_of(client.get(paused.url))

    client.post(f"/keys/{key.pk}/resume")
    assert not Key.objects.get(pk=key.pk).is_paused


def test_asking_by_a_link_changes_nothing(alice: User) -> None:
    key, client = token_of(alice), visitor(alice)

    for act in ("pause", "resume", "expire", "revoke", "rotate"):
        client.get(f"/keys/{key.pk}/{act}")

    stored = Key.objects.get(pk=key.pk)
    assert (stored.hashed_secret, stored.paused_at) == (bytes(key.hashed_secret), None)
    assert stored.expires_at == key.expires_at


def test_a_key_is_expired_after_a_question(alice: User) -> None:
    key, client = token_of(alice), visitor(alice)

    assert "Expire this key?" in text_of(client.get(f"/keys/{key.pk}/expire"))
    answer = client.post(f"/keys/{key.pk}/expire")

    assert notices(answer) == ["The key has expired."]
    assert Key.objects.get(pk=key.pk).has_expired(timezone.now())


def test_a_key_is_revoked_and_one_comes_back_to_where_one_was(alice: User) -> None:
    key, client = token_of(alice), visitor(alice)

    page = client.get(f"/keys/{key.pk}/revoke?next=/keys%3Fsort%3Dused")
    assert 'value="/keys?sort=used"' in page.content.decode()
    answer = client.post(f"/keys/{key.pk}/revoke", {"next": "/keys?sort=used"})

    assert answer.url == "/keys?sort=used"
    assert notices(answer) == ["The key ci is revoked."]
    assert not Key.objects.filter(pk=key.pk).exists()


def test_no_act_leads_to_another_site(alice: User) -> None:
    key = token_of(alice)

    answer = visitor(alice).post(f"/keys/{key.pk}/revoke", {"next": "//evil.example"})

    assert answer.url == "/keys"


def test_a_rotated_key_shows_its_new_secret_once(alice: User) -> None:
    key, client = token_of(alice), visitor(alice)
    sent = {"grace": "0", "rotated": ""}

    page = client.post(f"/keys/{key.pk}/rotate", sent)
    again = client.post(f"/keys/{key.pk}/rotate", sent)

    (secret,) = set(re.findall(rf"{key.pk}-[0-9A-Za-z]{{22}}", page.content.decode()))
    assert verify(secret, address="203.0.113.5").key_id == key.pk
    assert "no-store" in page["Cache-Control"]
    assert again.url == f"/keys/{key.pk}"
    assert notices(again) == ["This key is rotated already. Its new secret was shown once."]


def test_a_paused_key_is_not_rotated(alice: User) -> None:
    key = token_of(alice, paused_at=timezone.now())

    page = visitor(alice).post(f"/keys/{key.pk}/rotate", {"grace": "0", "rotated": ""})

    assert page.status_code == 409
    assert "It is paused; resume it first." in text_of(page)


def test_other_sessions_end_and_this_one_stays(alice: User) -> None:
    other, client = make_key(alice), visitor(alice)

    answer = client.post("/keys/sessions/end")

    assert notices(answer) == ["1 session ended."]
    assert not Key.objects.filter(pk=other.partition("-")[0]).exists()
    assert client.get("/keys").status_code == 200


def test_a_key_that_may_not_read_keys_opens_no_page_of_keys(alice: User) -> None:
    key = token_of(alice)

    narrow = visitor(alice, scopes=["user:read"])
    assert narrow.get("/keys").status_code == 404
    assert narrow.get(f"/keys/{key.pk}").status_code == 404
    wider = visitor(alice, scopes=["user:read", "api_key:read"])
    assert wider.get("/keys").status_code == 200
    assert "Revoke" not in text_of(wider.get(f"/keys/{key.pk}"))


def test_whoever_reads_every_key_reads_this_one_and_may_do_no_more(alice: User) -> None:
    admin = make_user("boss", roles=["owner"])
    key = token_of(alice)

    text = text_of(visitor(admin).get(f"/keys/{key.pk}"))
    assert "of alice" in text
    assert "Revoke…" in text
