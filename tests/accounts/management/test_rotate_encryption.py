"""`manage.py rotate_encryption`, and what it makes of keys (docs/operations.md)."""

import json
from functools import partial
from typing import Any

import pytest

import accounts.links.rotation
from accounts.links.encryption import Undecryptable, decrypt, encrypt, is_current
from accounts.links.provider_sessions import id_token_of
from accounts.links.rotation import links_rotate
from accounts.models import ProviderSession, User, UserLink
from accounts.providers.identity import Tokens
from tests.accounts.arrivals import arrive, somebody
from tests.commands import ended, result, run
from tests.people import make_user
from tests.threads import at_once

OLD, NEW = "old-key-old-key-old-key-old-key-old", "new-key-new-key-new-key-new-key-new"
KEY_ID = "k" * 10


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.ENCRYPTION_KEY, settings.ENCRYPTION_KEY_FALLBACKS = OLD, []


def link(name: str) -> UserLink:
    user = make_user(name, login_type="oidc")
    return UserLink.objects.create(
        user=user,
        login_type="oidc",
        provider="oidc",
        linked_id=name,
        access_token=encrypt(f"access-{name}"),
        refresh_token=encrypt(f"refresh-{name}"),
    )


def readable() -> set[str]:
    return {decrypt(row.refresh_token) for row in UserLink.objects.all()}


def test_after_a_rotation_the_earlier_key_can_be_forgotten(db: None, settings: Any) -> None:
    for name in ("ada", "grace"):
        link(name)
    settings.ENCRYPTION_KEY, settings.ENCRYPTION_KEY_FALLBACKS = NEW, [OLD]
    assert readable() == {"refresh-ada", "refresh-grace"}
    link("alan")
    code, out, err = run("rotate_encryption")
    assert (code, out) == (0, "Re-encrypted 2 links; 1 link needed nothing.\n")
    assert err == "3 of 3 links\n"
    settings.ENCRYPTION_KEY_FALLBACKS = []
    assert readable() == {"refresh-ada", "refresh-grace", "refresh-alan"}


def test_what_sessions_keep_of_their_provider_is_rotated_too(db: None, settings: Any) -> None:
    ProviderSession.objects.create(
        key_id=KEY_ID, user=make_user("ada"), id_token=encrypt("id-token")
    )
    assert id_token_of(KEY_ID) == "id-token"
    settings.ENCRYPTION_KEY, settings.ENCRYPTION_KEY_FALLBACKS = NEW, [OLD]
    assert run("rotate_encryption").status == 0
    settings.ENCRYPTION_KEY_FALLBACKS = []
    assert id_token_of(KEY_ID) == "id-token"


def test_without_a_rotation_the_earlier_key_is_needed(db: None, settings: Any) -> None:
    link("ada")
    settings.ENCRYPTION_KEY = NEW
    with pytest.raises(Undecryptable):
        readable()


def test_a_second_run_changes_nothing(db: None, settings: Any) -> None:
    link("ada")
    settings.ENCRYPTION_KEY, settings.ENCRYPTION_KEY_FALLBACKS = NEW, [OLD]
    assert result("rotate_encryption") == {
        "links": 1,
        "rotated": 1,
        "unreadable": 0,
    }
    before = UserLink.objects.values().get()
    assert result("rotate_encryption") == {
        "links": 1,
        "rotated": 0,
        "unreadable": 0,
    }
    assert UserLink.objects.values().get() == before


def test_what_no_key_reads_is_told_and_stays(db: None, settings: Any) -> None:
    link("lost")
    before = UserLink.objects.values().get()
    settings.ENCRYPTION_KEY = NEW
    link("ada")
    code, out, err = ended("rotate_encryption", "--json")
    assert (code, json.loads(out)) == (1, {"links": 2, "rotated": 0, "unreadable": 1})
    assert "No configured key reads the tokens of 1 link." in err
    assert UserLink.objects.values().get(linked_id="lost") == before
    settings.ENCRYPTION_KEY_FALLBACKS = [OLD]
    assert run("rotate_encryption", "--json").status == 0
    settings.ENCRYPTION_KEY_FALLBACKS = []
    assert readable() == {"refresh-lost", "refresh-ada"}


def test_an_empty_installation_needs_nothing(db: None) -> None:
    assert run("rotate_encryption", "--json")[:2] == (
        0,
        '{"links": 0, "rotated": 0, "unreadable": 0}\n',
    )


@pytest.mark.parametrize("amount", [1, 5])
def test_the_number_of_statements_grows_with_the_batches(
    db: None, settings: Any, amount: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts.links.rotation, "BATCH", 2)
    for number in range(amount):
        link(f"ada{number}")
    settings.ENCRYPTION_KEY, settings.ENCRYPTION_KEY_FALLBACKS = NEW, [OLD]
    assert [progress.links for progress in links_rotate()][-1] == amount
    assert all(is_current(row.access_token) for row in UserLink.objects.all())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sign_ins_beside_a_rotation_lose_no_token(owner: User, settings: Any) -> None:
    names = [f"ada{number}" for number in range(8)]
    for name in names:
        arrive(somebody(name))
    settings.ENCRYPTION_KEY, settings.ENCRYPTION_KEY_FALLBACKS = NEW, [OLD]

    def again(name: str) -> None:
        # Without a refresh token, so that the one of before must survive both.
        arrive(somebody(name, tokens=Tokens("newer")))

    at_once(lambda: list(links_rotate()), *[partial(again, name) for name in names])
    settings.ENCRYPTION_KEY_FALLBACKS = []
    run("rotate_encryption")
    assert readable() == {f"refresh-{name}" for name in names}
