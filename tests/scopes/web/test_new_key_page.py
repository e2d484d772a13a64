"""`/keys/new`: the scope picker, and the secret that is shown once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from scopes.engine.catalog import PUBLIC, canonical
from scopes.models import Key
from scopes.objects.selectors import SHOWN
from tests.pages import text_of, visitor
from tests.people import Api, make_user
from tests.queries import cost
from tests.scopes.registry import store

NEW = "/keys/new"
SECRET = re.compile(r"[0-9A-Za-z]{10}-[0-9A-Za-z]{22}")


def form_id(page: Any) -> str:
    return re.search(r'name="form_id" value="([^"]+)"', page.content.decode()).group(1)  # type: ignore[union-attr]


def sent(client: Any, **changed: Any) -> Any:
    """Fill in the form as it is shown, and send it."""
    wish = {"token_name": "ci", "reach": "some", "scopes": ["workspace:read"], "ends": "7"}
    return client.post(NEW, {"form_id": form_id(client.get(NEW)), **wish, **changed})


def ticked(page: Any) -> set[str]:
    boxes = re.findall(r"<input type=\"checkbox\"[^>]*>", page.content.decode())
    return {re.search(r'value="([^"]+)"', box).group(1) for box in boxes if "checked" in box}  # type: ignore[union-attr]


def test_a_key_that_can_only_read_workspaces_is_made(alice: User) -> None:
    page = sent(visitor(alice))

    assert page.status_code == 200
    (secret, *_) = SECRET.findall(page.content.decode())
    key = Key.objects.get(name="ci")
    assert (key.user, key.scopes, key.allow_list) == (alice, ["workspace:read"], ["*:*"])
    assert key.expires_at - key.created_at == timedelta(days=7)
    assert not key.has_fixed_end
    question = {"object": {"resource_type": "workspace", "owner_id": "me"}, "action": "read"}
    assert Api(secret).post("/authcheck", {"checks": {"x": question}}).json() == {"x": True}


def test_the_secret_is_kept_by_nobody(alice: User) -> None:
    page = sent(visitor(alice))
    (secret, *_) = SECRET.findall(page.content.decode())

    assert "no-store" in page["Cache-Control"]
    assert "Content-Encoding" not in page
    assert not any(secret.partition("-")[2] in str(vars(row)) for row in Entry.objects.all())


def test_the_audit_names_the_page(alice: User) -> None:
    sent(visitor(alice))

    entry = Entry.objects.get(action="create", resource_type="api_key")
    assert entry.additional_fields["page"] == NEW


def test_nothing_is_ticked_at_first(alice: User) -> None:
    page = visitor(alice).get(NEW)

    assert ticked(page) == set()
    assert "can do nothing yet" in text_of(page)


def test_every_scope_that_can_be_asked_for_has_a_box(alice: User) -> None:
    page = visitor(alice).get(NEW).content.decode()

    boxes = set(re.findall(r'name="scopes"\s+value="([^"]+)"', page))
    assert boxes | {"coder:all"} == {canonical(name) for name in PUBLIC}


def test_the_choice_lives_in_the_address(alice: User) -> None:
    page = visitor(alice).get(f"{NEW}?name=backup&scopes=user:read,task:read,nonsense&lifetime=30d")

    assert ticked(page) == {"user:read", "task:read"}
    assert 'value="backup"' in page.content.decode()
    assert re.search(r'value="30"\s+id="ends-30"\s+checked', page.content.decode())


def test_what_a_composite_includes_is_ticked_and_says_by_which(alice: User) -> None:
    page = visitor(alice).get(f"{NEW}?scopes=coder:workspaces.operate")

    assert ticked(page) == {"coder:workspaces.operate", "workspace:read", "workspace:update"}
    assert text_of(page).count("by coder:workspaces.operate") == 2


def test_what_no_role_of_mine_grants_is_told_and_can_be_chosen(alice: User, owner: User) -> None:
    # Template administrators read templates; members cannot delete organizations.
    query = f"{NEW}?scopes=organization:delete"

    assert "No role of yours grants it" in text_of(visitor(alice).get(query))
    assert "No role of yours grants it" not in text_of(visitor(owner).get(query))
    assert sent(visitor(alice), scopes=["organization:delete"]).status_code == 200


def test_a_key_without_scopes_is_refused_and_the_choice_is_kept(alice: User) -> None:
    page = sent(visitor(alice), scopes=[], token_name="kept")

    assert page.status_code == 400
    assert "Choose at least one thing" in text_of(page)
    assert 'value="kept"' in page.content.decode()
    assert not Key.objects.tokens().exists()


def test_a_pasted_list_is_taken(alice: User) -> None:
    page = sent(visitor(alice), scopes=[], scope_list="user:read, task:read\nworkspace:ssh")

    assert page.status_code == 200
    assert Key.objects.tokens().get().scopes == ["user:read", "task:read", "workspace:ssh"]


def test_an_unknown_pasted_scope_is_named(alice: User) -> None:
    page = sent(visitor(alice), scope_list="user:fly")

    assert page.status_code == 400
    assert "There is no scope user:fly." in text_of(page)


def test_everything_is_chosen_with_a_warning(alice: User) -> None:
    client = visitor(alice)

    assert "Whoever has this key is you" in text_of(client.get(NEW))
    assert sent(client, reach="all", scopes=[]).status_code == 200
    assert Key.objects.tokens().get().scopes == ["coder:all"]


def test_objects_confine_a_key(alice: User) -> None:
    entry = "workspace:8d3f5a86-0d0b-4f5e-a8a1-6b8a2f4f9a10"

    assert sent(visitor(alice), allow_list=entry).status_code == 200
    assert Key.objects.tokens().get().allow_list == [entry]
    page = sent(visitor(alice), allow_list="workspace", token_name="other")
    assert page.status_code == 400


def test_registered_objects_are_found_by_their_owner_and_ticked(alice: User) -> None:
    mine, other = store(owner=alice), store("task", owner=alice)
    page = sent(visitor(alice), find_object="workspace Alice", preview="objects")
    assert f'value="workspace:{mine.object_id}"' in page.content.decode()
    assert str(other.object_id) not in page.content.decode()
    assert Key.objects.tokens().count() == 0

    ticked_one = f"workspace:{mine.object_id}"
    page = sent(visitor(alice), objects=[ticked_one], find_object="task", preview="objects")
    assert f"Only with {ticked_one}." in text_of(page)
    assert ticked_one in ticked(page)

    written = f"task:{other.object_id}"
    assert sent(visitor(alice), objects=[ticked_one], allow_list=written).status_code == 200
    assert set(Key.objects.tokens().get().allow_list) == {ticked_one, written}


@pytest.mark.parametrize("words", ["workspace", "alice", "{id}"])
def test_an_object_that_one_may_not_read_is_not_found(
    alice: User, mallory: User, words: str
) -> None:
    row = store(owner=alice)
    words = words.format(id=row.object_id)

    page = sent(visitor(mallory), find_object=words, preview="objects")
    assert "You may read no registered object that fits." in text_of(page)
    page = sent(visitor(alice), find_object=words, preview="objects")
    assert f"workspace:{row.object_id}" in text_of(page)


@pytest.mark.parametrize("words", ["\x00", "a " * 5000, "nobody", "'%_"])
def test_words_that_fit_nothing_find_nothing(alice: User, words: str) -> None:
    store(owner=alice)
    page = sent(visitor(alice), find_object=words, preview="objects")
    assert page.status_code == 200
    assert "You may read no registered object that fits." in text_of(page)


def test_finding_costs_the_same_for_one_object_and_for_fifty(alice: User) -> None:
    client = visitor(alice)
    identifier = form_id(client.get(NEW))
    wish = {"form_id": identifier, "find_object": "workspace", "preview": "objects"}
    for_none = cost(lambda: client.post(NEW, wish))
    for _ in range(50):
        store(owner=alice)
    for_fifty = cost(lambda: client.post(NEW, wish))
    assert client.post(NEW, wish).content.decode().count('name="objects"') == SHOWN
    assert len(for_fifty) == len(for_none) <= 7


def test_a_chosen_day_is_an_end_that_no_use_moves(alice: User) -> None:
    day = (timezone.now() + timedelta(days=20)).date()

    assert sent(visitor(alice), ends="day", end_day=str(day)).status_code == 200
    key = Key.objects.tokens().get()
    assert key.expires_at.date() == day
    assert key.has_fixed_end


@pytest.mark.parametrize("day", ["", "yesterday", "2020-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_is_refused(alice: User, day: str) -> None:
    page = sent(visitor(alice), ends="day", end_day=day)

    assert page.status_code == 400
    assert not Key.objects.tokens().exists()


def test_what_policy_forbids_is_not_offered(alice: User, settings: Any) -> None:
    assert "not used for 90 days" in text_of(visitor(alice).get(NEW))

    settings.MAX_TOKEN_LIFETIME = timedelta(days=30)
    page = visitor(alice).get(NEW)
    assert "not used for 90 days" not in text_of(page)
    assert "not used for 30 days" in text_of(page)
    assert sent(visitor(alice), ends="90").status_code == 400


def test_one_form_makes_one_key(alice: User) -> None:
    client = visitor(alice)
    wish = {
        "form_id": form_id(client.get(NEW)), "token_name": "ci", "reach": "some",
        "scopes": ["workspace:read"], "ends": "7",
    }  # fmt: skip
    assert client.post(NEW, wish).status_code == 200

    again = client.post(NEW, wish)

    key = Key.objects.tokens().get()
    assert (again.status_code, again.url) == (302, f"/keys/{key.pk}")
    assert "made already" in text_of(client.get(again.url))


def test_a_form_that_nobody_was_shown_makes_nothing(alice: User, mallory: User) -> None:
    theirs = form_id(visitor(mallory).get(NEW))

    for forged in ("", "0123456789", "0123456789:x:y", theirs):
        assert sent(visitor(alice), form_id=forged).status_code == 400
    assert not Key.objects.tokens().exists()


def test_a_taken_name_is_told_beside_its_field(alice: User) -> None:
    sent(visitor(alice))
    page = sent(visitor(alice))

    assert page.status_code == 409
    assert "There is a key of this name." in text_of(page)


def test_a_narrowed_key_passes_on_what_it_has(alice: User) -> None:
    narrow = visitor(alice, scopes=["api_key:*", "user:read"])
    page = narrow.get(NEW)

    assert "This key of yours holds api_key:*, user:read" in text_of(page)
    assert 'value="workspace:read"' not in page.content.decode()
    assert 'value="all"' not in page.content.decode()
    assert "When the key ends that you are signed in with" in text_of(page)
    assert sent(narrow, scopes=["user:read"], ends="parent").status_code == 200
    assert sent(narrow, scopes=["workspace:read"], token_name="x", ends="parent").status_code == 403
    key = Key.objects.tokens().get()
    assert (key.scopes, key.expires_at) == (["user:read"], key.parent and key.parent.expires_at)


def test_whoever_may_make_keys_for_somebody_can(alice: User, owner: User) -> None:
    bot = make_user("bot", login_type="none", is_service_account=True, email="")
    page = visitor(owner).get(f"{NEW}?for=bot")

    assert "New key for bot" in text_of(page)
    made = visitor(owner)
    answer = made.post(
        NEW,
        {"form_id": form_id(made.get(f"{NEW}?for=bot")), "for": "bot", "token_name": "ci",
         "reach": "some", "scopes": ["workspace:read"], "ends": "7"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert Key.objects.tokens().get().user == bot
    assert visitor(alice).get(f"{NEW}?for=bot").status_code == 404
    assert visitor(alice).get(f"{NEW}?for=nobody").status_code == 404


def test_the_same_wish_is_told_as_commands(alice: User) -> None:
    text = text_of(visitor(alice).get(f"{NEW}?name=ci&scopes=workspace:read&lifetime=7d"))

    assert "coder tokens create --name ci --scope workspace:read --lifetime 168h" in text
    assert "/api/v2/users/me/keys/tokens -d" in text


def test_strangers_sign_in_first_and_come_back(db: None) -> None:
    answer = visitor().get(f"{NEW}?name=ci&scopes=user:read")

    assert answer.status_code == 302
    assert answer.url == "/login?next=/keys/new%3Fname%3Dci%26scopes%3Duser%3Aread"
