"""Keys in the admin: list, find, revoke, expire."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from scopes.models import Key
from tests.pages import act, notices, text_of, visitor
from tests.people import Api, make_key, make_user

LIST = "/admin/scopes/key/"


def key_of(user: User, name: str = "deploy") -> Key:
    secret = make_key(user, login_type="token", name=name, scopes=["user:read"])
    return Key.objects.get(pk=secret[:10])


def page_of(key: Key) -> str:
    return f"{LIST}{key.pk}/change/"


def test_an_owner_sees_everybodys_keys(owner: User, alice: User) -> None:
    key = key_of(alice)
    page = text_of(visitor(owner).get(LIST))
    for shown in (key.pk, "deploy", "alice", "user:read"):
        assert shown in page


def test_keys_are_found_and_filtered(owner: User, alice: User) -> None:
    key_of(alice)
    old = key_of(alice, "old")
    Key.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    client = visitor(owner)

    def found(query: dict[str, str]) -> set[str]:
        return {key.name for key in client.get(LIST, query).context["cl"].result_list}

    assert found({"q": "alice"}) == {"deploy", "old"}
    assert found({"validity": "expired"}) == {"old"}
    assert found({"validity": "valid"}) == {"deploy", ""}
    assert found({"login_type__exact": "token"}) == {"deploy", "old"}


def test_the_query_string_asks_for_nothing_but_the_filters(owner: User) -> None:
    client = visitor(owner)
    assert client.get(f"{LIST}?user__password__startswith=argon2").status_code == 400
    assert client.get(f"{LIST}?hashed_secret=x").status_code == 400
    assert client.get(f"{LIST}?login_type__exact=token").status_code == 200


def test_revoking_asks_first(owner: User, alice: User) -> None:
    key = key_of(alice)
    response = act(visitor(owner), LIST, "revoke", key, confirmed=False)
    page = text_of(response)
    assert "Revoke these keys?" in page
    assert f"deploy ({key.pk}), of alice" in page
    assert Key.objects.filter(pk=key.pk).exists()


def test_a_revoked_key_stops_working(owner: User, alice: User) -> None:
    secret = make_key(alice, login_type="token", name="deploy")
    assert Api(secret).get("/users/me").status_code == 200
    response = act(visitor(owner), LIST, "revoke", Key.objects.get(pk=secret[:10]))
    assert notices(response) == ["1 key revoked."]
    assert Api(secret).get("/users/me").status_code == 401
    entry = Entry.objects.get(action="delete", resource_type="api_key")
    assert str(entry.actor_id) == str(owner.pk)


def test_an_expired_key_stops_working_and_stays_in_the_list(owner: User, alice: User) -> None:
    secret = make_key(alice, login_type="token", name="deploy")
    key = Key.objects.get(pk=secret[:10])
    client = visitor(owner)
    assert "Expire these keys?" in text_of(act(client, LIST, "expire", key, confirmed=False))
    assert notices(act(client, LIST, "expire", key)) == ["1 key expired."]
    assert Api(secret).get("/users/me").status_code == 401
    assert "deploy" in text_of(client.get(LIST))
    page = client.get(page_of(key)).content.decode()
    assert 'value="revoke"' in page
    assert 'value="expire"' not in page


def test_all_keys_of_a_filter_are_chosen_at_once(owner: User, alice: User) -> None:
    keys = [key_of(alice, f"key{number}") for number in range(3)]
    client = visitor(owner)
    data = {
        "action": "revoke",
        "_selected_action": [keys[0].pk],
        "select_across": "1",
        "index": "0",
    }
    page = client.post(f"{LIST}?q=alice", data)
    assert "key2" in text_of(page)
    assert 'name="select_across" value="1"' in page.content.decode()
    client.post(f"{LIST}?q=alice", {**data, "confirmed": "yes"})
    assert [key.user_id for key in Key.objects.all()] == [owner.pk]


def test_the_page_of_a_key_is_read_only(owner: User, alice: User) -> None:
    key = key_of(alice)
    client = visitor(owner)
    page = client.get(page_of(key))
    assert "user:read" in text_of(page)
    assert 'name="_save"' not in page.content.decode()
    assert client.post(page_of(key), {"name": "mine"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}{key.pk}/delete/").status_code == 404
    assert Key.objects.get(pk=key.pk).name == "deploy"


def test_no_page_shows_a_secret_or_its_hash(owner: User, alice: User) -> None:
    secret = make_key(alice, login_type="token", name="deploy")
    key = Key.objects.get(pk=secret[:10])
    digest = bytes(key.hashed_secret)
    client = visitor(owner)
    for path in (LIST, page_of(key), "/admin/"):
        page = client.get(path).content
        assert secret[11:].encode() not in page
        assert digest not in page
        assert digest.hex().encode() not in page
    page = act(client, LIST, "revoke", key, confirmed=False).content
    assert secret[11:].encode() not in page


def test_people_who_may_not_read_other_keys_see_their_own(alice: User) -> None:
    admin = make_user("uma", roles=["user-admin"])
    theirs, mine = key_of(alice, "theirs"), key_of(admin, "mine")
    client = visitor(admin)
    page = text_of(client.get(LIST))
    assert ("mine" in page, "theirs" in page) == (True, False)
    assert client.get(page_of(theirs)).status_code == 302
    assert client.get(page_of(mine)).status_code == 200
    act(client, LIST, "revoke", theirs)
    act(client, LIST, "revoke", mine)
    assert [key.name for key in Key.objects.filter(login_type="token")] == ["theirs"]


def test_the_list_costs_the_same_for_one_and_for_fifty(owner: User, alice: User) -> None:
    uma = make_user("uma", roles=["user-admin"])
    for person, cost in ((owner, 4), (uma, 5)):
        client = visitor(person)
        client.get(LIST)  # The key's use is noted once.
        with CaptureQueriesContext(connection) as few:
            client.get(LIST)
        for number in range(49):
            key_of(person, f"key{number}")
        with CaptureQueriesContext(connection) as many:
            assert "key48" in text_of(client.get(LIST))
        assert len(few) == len(many) == cost
