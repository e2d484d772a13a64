"""`PUT /users/{user}/keys/{id}/expire`: a key ends, and its row stays."""

from accounts.models import User
from audit.models import Entry
from scopes.models import Key
from tests.people import Api, make_key, signed_in
from tests.scopes.keyring import NOT_FOUND, narrowed, token

KEYS = "/users/me/keys"


def test_expired_key_is_refused_and_stays_in_the_list(as_alice: Api, alice: User) -> None:
    secret = token(as_alice, token_name="ci")
    assert Api(secret).get("/users/me").status_code == 200

    answer = as_alice.put(f"{KEYS}/{secret[:10]}/expire")

    assert (answer.status_code, answer.content) == (204, b"")
    refused = Api(secret).get("/users/me")
    assert refused.status_code == 401
    assert refused.json()["detail"].startswith('API key expired at "')
    assert [row["token_name"] for row in as_alice.get(f"{KEYS}/tokens").json()] == ["ci"]
    assert as_alice.get("/users/me").status_code == 200
    entry = Entry.objects.get(resource_type="api_key", action="write", diff__has_key="expires_at")
    assert (entry.actor_id, entry.resource_target, entry.status_code) == (alice.pk, "ci", 204)


def test_a_key_expires_once_more_without_living_longer(as_alice: Api) -> None:
    secret = token(as_alice)
    assert as_alice.put(f"{KEYS}/{secret[:10]}/expire").status_code == 204
    ended = Key.objects.get(pk=secret[:10]).expires_at

    assert as_alice.put(f"{KEYS}/{secret[:10]}/expire").status_code == 204

    assert Key.objects.get(pk=secret[:10]).expires_at == ended


def test_strangers_key_looks_like_no_key(as_alice: Api, as_mallory: Api) -> None:
    secret = token(as_alice)

    for key in (secret[:10], "0000000000", "x", secret):
        answer = as_mallory.put(f"{KEYS}/{key}/expire")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert Api(secret).get("/users/me").status_code == 200


def test_owner_expires_what_others_hold(as_owner: Api, as_alice: Api) -> None:
    secret = token(as_alice)

    assert as_owner.put(f"/users/alice/keys/{secret[:10]}/expire").status_code == 204

    assert Api(secret).get("/users/me").status_code == 401


def test_a_key_can_expire_itself(alice: User) -> None:
    session = make_key(alice)

    assert Api(session).put(f"{KEYS}/{session[:10]}/expire").status_code == 204

    assert Api(session).get("/users/me").status_code == 401
    assert signed_in(alice).get("/users/me").status_code == 200


def test_it_asks_for_the_right_to_change_keys(alice: User, as_alice: Api) -> None:
    secret = token(as_alice)
    path = f"{KEYS}/{secret[:10]}/expire"

    assert narrowed(alice, "user:read", "api_key:read").put(path).status_code == 404
    assert narrowed(alice, "user:read", "api_key:update").put(path).status_code == 204
