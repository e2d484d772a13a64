"""`/admin/scopes`: every scope, and how many keys hold it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coderauth import counting
from tests.openapi import operations
from tests.pages import visitor
from tests.people import make_key

PATH = "/admin/scopes"


def held(page: Any) -> dict[str, str]:
    """Return how many keys hold each scope that any holds, in the words of the page."""
    found = re.findall(r"\?scope=([\w%.]+)\">([\d,+]+ keys?)</a>", page.content.decode())
    return {name.replace("%3A", ":"): words for name, words in found}


def make_token(user: User, *scopes: str, **about: Any) -> None:
    ends = {"expires_at": timezone.now() + timedelta(days=9)} | about
    make_key(user, login_type="token", scopes=list(scopes), **ends)


def test_good_tokens_are_counted_by_what_they_hold(owner: User, alice: User) -> None:
    make_token(alice, "workspace:read", "user:read")
    make_token(alice, "workspace:read")
    make_token(alice, "coder:all")
    make_token(alice, "coder:all", "workspace:read")
    make_token(alice, "template:read", expires_at=timezone.now() - timedelta(days=1))
    make_key(alice, scopes=["file:read"])

    page = visitor(owner).get(PATH)

    assert held(page) == {
        "workspace:read": "2 keys",
        "user:read": "1 key",
        "coder:all": "2 keys",
    }


def test_no_more_are_counted_than_people_read(
    owner: User, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        make_token(alice, "user:read")
        make_token(alice, "coder:all")
    monkeypatch.setattr(counting, "MOST", 3)

    assert held(visitor(owner).get(PATH)) == {"user:read": "4+ keys", "coder:all": "3+ keys"}


def test_endpoints_are_named_as_the_documentation_names_them(owner: User) -> None:
    page = visitor(owner).get(PATH).content.decode()

    shown = {tuple(one.split(" ", 1)) for one in re.findall(r"[A-Z]{3,6} /[\w/{}-]*", page)}

    documented = {(method, path.removeprefix("/api/v2")) for method, path in operations()}
    assert shown <= documented
    assert ("PUT", "/users/{user}/keys/{key_id}/pause") in shown
    assert ("GET", "/users/{user}/keys/tokens/{name}") in shown


def test_who_may_not_read_keys_sees_no_numbers(owner: User, alice: User) -> None:
    make_token(alice, "user:read")
    owner.site_roles = ["user-admin"]
    owner.save()

    page = visitor(owner).get(PATH)

    assert page.status_code == 200
    assert held(page) == {}
    assert "Held by" not in page.content.decode()
