"""`/admin/`, `/admin/settings` and `/admin/system`."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from audit.records import record
from coderauth.env import Environment
from coderauth.settings import env
from coderauth.web import overview
from tests.pages import text_of, visitor
from tests.people import make_key, make_user
from tests.queries import cost


def test_the_overview_counts_what_needs_attention(owner: User, alice: User) -> None:
    make_key(alice, login_type="token", scopes=["coder:all"])
    record(action="login", resource_type="api_key", status_code=401)

    text = text_of(visitor(owner).get("/admin/"))

    assert "2 people" in text
    assert "1 keys with full access" in text
    assert "1 failed sign-ins today" in text


def test_every_tile_leads_to_a_page(owner: User) -> None:
    client = visitor(owner)

    for tile in client.get("/admin/").context["tiles"]:
        assert client.get(tile["url"]).status_code == 200, tile


def test_the_overview_costs_the_same_whatever_there_is(owner: User, alice: User) -> None:
    client = visitor(owner, last_used_at=timezone.now())
    few = cost(lambda: client.get("/admin/"))
    for number in range(50):
        make_key(make_user(f"u{number}"), login_type="token")

    assert len(cost(lambda: client.get("/admin/"))) == len(few)


def test_a_user_admin_sees_people_only(alice: User) -> None:
    page = visitor(make_user("uma", roles=["user-admin"])).get("/admin/")

    labels = [tile["label"] for tile in page.context["tiles"]]
    assert labels == ["people", "suspended", "service accounts"]
    assert "All keys" not in text_of(page)


def test_settings_say_their_source_and_keep_secrets(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {
        "CODERAUTH_EMAIL_PASSWORD": "hunter2hunter2",
        "CODERAUTH_DATABASE_URL": "postgres://ada:s3cr3t@db.example/x",
        "CODERAUTH_EMAIL_USERNAME": "ada",
        "CODERAUTH_SECRET_KEY": "k" * 60,
    }
    changed = Environment(values)
    changed.known = env.known
    monkeypatch.setattr(overview, "env", changed)

    page = visitor(owner).get("/admin/settings")

    text = text_of(page)
    assert "postgres://…@db.example/x the environment" in text
    assert "ada the environment" in text
    for secret in ("hunter2hunter2", "s3cr3t", "k" * 60):
        assert secret not in page.content.decode()


def test_the_system_page_tells_what_waits(owner: User) -> None:
    text = text_of(visitor(owner).get("/admin/system"))

    assert "Database" in text
    assert "Sealed until" in text


def test_error_pages_keep_the_frame_for_those_who_are_signed_in(owner: User, alice: User) -> None:
    page: Any = visitor(alice).get("/nowhere")
    assert page.status_code == 404
    assert "Check access" in text_of(page)
    refused = visitor(alice).get("/admin/keys")
    assert refused.status_code == 403
    assert "Check access" in text_of(refused)
    assert "Check access" not in text_of(visitor().get("/nowhere"))
