"""Real threads on PostgreSQL: two at once must end as if one had come after the other."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from scopes.keys.ending import key_expire
from scopes.keys.retention import keys_expire_unused
from scopes.keys.verifying import verify
from scopes.models import Key
from tests.people import PASSWORD, Api, is_good, make_key, make_user, signed_in
from tests.scopes.keyring import token
from tests.threads import at_once, status

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TOKENS = "/users/me/keys/tokens"


# authorization.md 3.4: exactly one of two simultaneous creates wins, the other gets the 409.
def test_one_of_two_tokens_of_a_name_is_made() -> None:
    api = signed_in(make_user("alice"))
    for number in range(8):
        wish = {"token_name": f"ci{number}"}

        answers = at_once(*[status(api, "POST", TOKENS, wish)] * 4)

        assert sorted(answers) == [201, 409, 409, 409]
    assert Key.objects.filter(login_type="token").count() == 8
    assert Entry.objects.filter(action="create").count() == 8


def test_nameless_tokens_do_not_meet() -> None:
    api = signed_in(make_user("alice"))

    assert at_once(*[status(api, "POST", TOKENS, {})] * 8) == [201] * 8


# accounts.md H16: a key that ends while a request with it is answered gives 401, never 500.
def test_revoking_while_reading() -> None:
    owner = signed_in(make_user("owner", roles=["owner"]))
    alice = make_user("alice")
    for _ in range(6):
        key = Api(make_key(alice))
        path = f"/users/me/keys/{key.token[:10]}"

        revoked, *answers = at_once(
            status(owner, "DELETE", path),
            status(key, "GET", "/users/me"),
            status(key, "GET", TOKENS),
            status(key, "POST", TOKENS, {}),
            status(key, "POST", "/authcheck", {"checks": {}}),
        )

        assert revoked == 204
        assert set(answers) <= {200, 201, 401}
        assert key.get("/users/me").status_code == 401


def test_one_of_many_revocations_counts() -> None:
    api, key = signed_in(make_user("alice")), ""
    key = api.post(TOKENS, {}).json()["key"][:10]

    answers = at_once(*[status(api, "DELETE", f"/users/me/keys/{key}")] * 6)

    assert sorted(answers) == [204] + [404] * 5
    assert Entry.objects.filter(action="delete").count() == 1


def test_expiring_and_revoking_at_once_is_no_error() -> None:
    user = make_user("alice")
    owner = verify(make_key(user), address="127.0.0.1")
    for _ in range(8):
        key = make_key(user)[:10]

        def expire(key: str = key) -> str:
            try:
                key_expire(caller=owner, key_id=key)
            except Exception as error:  # noqa: BLE001 (its kind is what is tested)
                return type(error).__name__
            return "expired"

        api = signed_in(user)
        expired, revoked = at_once(expire, status(api, "DELETE", f"/users/me/keys/{key}"))

        assert (expired in {"expired", "NotFound"}, revoked) == (True, 204)
        assert not Key.objects.filter(pk=key).exists()


# Inserting for a deleted user is refused, however close the two come.
def test_deleted_user_is_left_without_keys() -> None:
    owner = signed_in(make_user("owner", roles=["owner"]))
    for number in range(6):
        user = make_user(f"user{number}")

        def delete(user: User = user) -> None:
            with transaction.atomic():
                User.objects.select_for_update().get(pk=user.pk)
                User.objects.filter(pk=user.pk).update(is_deleted=True)
                Key.objects.filter(user=user).delete()

        path = f"/users/{user.pk}/keys/tokens"
        results = at_once(delete, *[status(owner, "POST", path, {})] * 3)

        assert set(results[1:]) <= {201, 400}
        assert Key.objects.filter(user=user).count() == 0


# At refresh time all of them judge the same row; all of them must pass.
def test_many_requests_at_refresh_time_all_pass() -> None:
    key = Api(make_key(make_user("alice"), last_used_at=timezone.now() - timedelta(hours=2)))
    Key.objects.update(expires_at=timezone.now() + timedelta(hours=2))

    assert at_once(*[status(key, "GET", "/users/me")] * 10) == [200] * 10

    stored = Key.objects.get()
    now = timezone.now()
    assert stored.last_used_at is not None
    assert now - stored.last_used_at < timedelta(minutes=1)
    assert timedelta(hours=23) < stored.expires_at - now <= timedelta(hours=24)


# Both lock the user before the keys; the other order ends in a deadlock and a 500.
def test_refresh_and_password_change_do_not_block_each_other() -> None:
    for number in range(4):
        user = make_user(f"user{number}")
        api, others = signed_in(user), [signed_in(user) for _ in range(4)]
        wish = {"old_password": PASSWORD, "password": "An0ther-Passw0rd!y"}

        changed, *answers = at_once(
            status(api, "PUT", "/users/me/password", wish),
            *[status(other, "GET", "/users/me") for other in others],
        )

        assert changed == 204
        assert set(answers) <= {200, 401}
        assert Key.objects.filter(user=user).count() == 0


# A key that is made while its maker's key is ended must not outlive it unnoticed.
def test_password_change_leaves_no_key_that_was_made_meanwhile() -> None:
    for number in range(6):
        user = make_user(f"user{number}")
        api, thief = signed_in(user), signed_in(user)
        wish = {"old_password": PASSWORD, "password": "An0ther-Passw0rd!y"}

        changed, *made = at_once(
            status(api, "PUT", "/users/me/password", wish),
            *[status(thief, "POST", TOKENS, {})] * 3,
        )

        assert changed == 204
        assert set(made) <= {201, 401}
        assert Key.objects.filter(user=user).count() == 0


@pytest.mark.parametrize(("method", "rest"), [("DELETE", ""), ("PUT", "/expire")])
def test_nothing_that_a_key_makes_while_it_ends_outlives_it(method: str, rest: str) -> None:
    ada = make_user("ada")
    session = signed_in(ada)
    scopes = ["api_key:create", "user:read"]
    for _ in range(6):
        parent = make_key(ada, scopes=scopes, login_type="token", name="parent")
        child = Api(token(Api(parent), scopes=scopes))
        wish = {"scopes": scopes}

        ended, *made = at_once(
            status(session, method, f"/users/me/keys/{parent[:10]}{rest}"),
            *[status(Api(parent), "POST", TOKENS, wish)] * 2,
            *[status(child, "POST", TOKENS, wish)] * 2,
        )

        assert (ended, {*made} <= {201, 401}) == (204, True)
        tokens = Key.objects.tokens().filter(user=ada)
        assert not tokens.usable(timezone.now()).exists()
        tokens.delete()


def test_rotations_at_once_leave_two_good_secrets() -> None:
    api = signed_in(make_user("alice"))
    for _ in range(3):
        secret = token(api)

        def rotate(key: str = secret) -> tuple[int, str]:
            answer = api.post(f"/users/me/keys/{key[:10]}/rotate", {"grace": 3_600_000_000_000})
            return answer.status_code, answer.json().get("key", "")

        answers = at_once(*[rotate] * 6)

        assert {status_code for status_code, _ in answers} <= {201, 409}
        secrets = {secret, *(made for _, made in answers)}
        good = [one for one in secrets if one and is_good(Api(one))]
        assert len(good) == 2
        assert secret not in good


def test_a_key_revoked_while_it_is_rotated_is_gone() -> None:
    api = signed_in(make_user("alice"))
    for _ in range(6):
        secret = token(api)
        path = f"/users/me/keys/{secret[:10]}"

        def rotate(where: str = path) -> str:
            made: str = api.post(f"{where}/rotate", {}).json().get("key", "")
            return made

        made, revoked = at_once(rotate, status(api, "DELETE", path))

        assert revoked == 204
        assert not is_good(Api(secret))
        assert not made or not is_good(Api(made))


def test_a_key_paused_while_it_is_used_is_refused_from_then_on() -> None:
    api = signed_in(make_user("alice"))
    for _ in range(6):
        used = Api(token(api))
        path = f"/users/me/keys/{used.token[:10]}"

        paused, *answers = at_once(
            status(api, "PUT", f"{path}/pause"),
            status(used, "GET", "/users/me"),
            status(used, "PUT", f"{path}/resume"),
            status(used, "POST", TOKENS, {}),
        )

        assert paused == 204
        assert set(answers) <= {200, 201, 204, 401}
        assert api.put(f"{path}/pause").status_code == 204
        assert not is_good(used)


def test_two_prunes_expire_and_record_an_unused_token_once() -> None:
    alice = make_user("alice")
    old = timezone.now() - timedelta(days=100)
    for _ in range(5):
        make_key(alice, login_type="token", created_at=old)

    def prune() -> int:
        return keys_expire_unused(unused_for=timedelta(days=90))

    assert sum(at_once(*[prune] * 4)) == 5
    assert Entry.objects.filter(additional_fields__unused=True).count() == 5
