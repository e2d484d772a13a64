"""Sessions: where somebody is signed in, and the end of it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit.models import Entry
from scopes.models import Key
from tests.expect import document
from tests.people import PASSWORD, Api, is_good, login, make_key, make_user, signed_in
from tests.queries import cost, used
from tests.scopes.keyring import narrowed, token
from tests.threads import at_once

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PATH = "/users/me/sessions"


def sign_in(address: str = "203.0.113.5") -> Api:
    body = {"email": "alice@example.test", "password": PASSWORD}
    answer = Api(address=address).post("/users/login", body, User_Agent=FIREFOX)
    return Api(document(answer)["session_token"], address=address)


def test_a_session_says_where_it_came_from(alice: User) -> None:
    here = sign_in()
    there = sign_in("198.51.100.7")

    newest, oldest = here.get(PATH).json()

    assert (newest["id"], newest["current"]) == (there.token[:10], False)
    assert (oldest["id"], oldest["current"]) == (here.token[:10], True)
    assert set(oldest) == {
        "id", "current", "login_type", "way", "device", "user_agent", "ip_address", "created_at",
        "last_used", "expires_at",
    }  # fmt: skip
    assert (oldest["way"], oldest["login_type"]) == ("password", "password")
    assert (oldest["device"], oldest["user_agent"]) == ("Firefox on Linux", FIREFOX)
    assert newest["ip_address"] == "198.51.100.7"


def test_a_key_that_was_asked_for_says_so(as_alice: Api) -> None:
    made = as_alice.post("/users/me/keys").json()["key"]
    ways = {one["id"]: one["way"] for one in as_alice.get(PATH).json()}
    assert ways[made[:10]] == "api"


def test_tokens_and_what_has_ended_are_no_sessions(alice: User, as_alice: Api) -> None:
    token(as_alice)
    make_key(alice, expires_at=timezone.now() - timedelta(seconds=1))
    make_key(alice, paused_at=timezone.now())
    assert [one["current"] for one in as_alice.get(PATH).json()] == [True]


def test_all_other_sessions_end_and_tokens_go_on(alice: User, as_alice: Api) -> None:
    others = [Api(make_key(alice)), Api(make_key(alice, paused_at=timezone.now()))]
    kept = Api(token(as_alice))
    foreign = signed_in(make_user("bob"))

    assert as_alice.delete(PATH).json() == {"ended": 2}

    assert not Key.objects.filter(pk__in=[other.token[:10] for other in others]).exists()
    assert all(is_good(api) for api in (as_alice, kept, foreign))
    entry = Entry.objects.get(action="delete")
    assert entry.additional_fields == {"sessions_ended": 2}
    assert (entry.resource_id, entry.resource_target) == (str(alice.pk), "alice")


def test_all_of_them_end_when_asked_for(alice: User, as_alice: Api) -> None:
    other = signed_in(alice)
    assert as_alice.delete(f"{PATH}?all=true").json() == {"ended": 2}
    assert not is_good(as_alice)
    assert not is_good(other)


def test_a_token_ends_every_session(alice: User, as_alice: Api) -> None:
    asking = Api(token(as_alice))
    assert asking.delete(PATH).json() == {"ended": 1}
    assert not is_good(as_alice)
    assert is_good(asking)


def test_sessions_of_others_need_the_right_to_their_keys(
    alice: User, as_mallory: Api, as_owner: Api
) -> None:
    session = signed_in(alice)
    auditor = signed_in(make_user("auditor", roles=["auditor"]))
    assert as_mallory.get("/users/alice/sessions").status_code == 400
    assert as_mallory.delete("/users/alice/sessions").status_code == 400
    assert auditor.get("/users/alice/sessions").json() == []
    assert auditor.delete("/users/alice/sessions").status_code == 404
    assert is_good(session)
    (shown,) = as_owner.get("/users/alice/sessions").json()
    assert (shown["id"], shown["current"]) == (session.token[:10], False)
    assert as_owner.delete("/users/alice/sessions").json() == {"ended": 1}
    assert not is_good(session)


def test_a_narrowed_key_ends_what_it_may(alice: User) -> None:
    session = signed_in(alice)
    reader = narrowed(alice, "api_key:read", "user:read", login_type="token", name="reader")
    assert reader.delete(PATH).status_code == 404
    assert is_good(session)
    keeper = narrowed(alice, "api_key:*", "user:read", login_type="token", name="keeper")
    assert keeper.delete(PATH).json() == {"ended": 1}
    assert not is_good(session)


def test_the_list_costs_the_same_for_one_and_for_fifty(alice: User) -> None:
    api = used(alice)
    few = len(cost(lambda: api.get(PATH)))
    for _ in range(49):
        make_key(alice)
    assert len(cost(lambda: api.get(PATH))) == few == 2


def test_one_sign_in_too_many_ends_the_session_used_longest_ago(
    alice: User, settings: Settings
) -> None:
    settings.MAX_SESSIONS_PER_USER = 2
    now = timezone.now()
    oldest, other = (make_key(alice, last_used_at=now - timedelta(hours=n)) for n in (9, 2))
    kept = make_key(alice, login_type="token", last_used_at=now - timedelta(hours=99))

    new = sign_in()

    assert [is_good(Api(key)) for key in (oldest, other, kept)] == [False, True, True]
    assert is_good(new)
    settings.MAX_SESSIONS_PER_USER = 0
    sign_in()
    assert is_good(Api(other))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ten_sign_ins_at_once_leave_as_many_sessions_as_there_may_be(settings: Settings) -> None:
    settings.MAX_SESSIONS_PER_USER = 3
    alice = make_user("alice")

    answers = at_once(*[lambda: login().status_code] * 10)

    assert set(answers) <= {201, 503}
    assert Key.objects.filter(user=alice).count() == 3
