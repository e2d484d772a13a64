import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from audit.models import Entry
from scopes.models import Key
from tests.people import Api, make_key, make_user, signed_in
from tests.scopes.keyring import row_of, token

TOKENS = "/users/me/keys/tokens"
FORM = re.compile(r"[0-9A-Za-z]{10}-[0-9A-Za-z]{22}")


def refusal(answer: Any) -> tuple[int, dict[str, Any]]:
    return answer.status_code, answer.json()


# authorization.md 7.3: key string = id `-` secret, id matches the row, stored hash =
# SHA-256(secret).
def test_secret_is_given_once_and_only_its_hash_is_stored(as_alice: Api, alice: User) -> None:
    answer = as_alice.post(TOKENS, {})

    assert answer.status_code == 201
    assert set(answer.json()) == {"key"}
    assert answer.headers["Cache-Control"] == "no-store"
    secret = answer.json()["key"]
    assert FORM.fullmatch(secret)
    key = row_of(secret)
    assert bytes(key.hashed_secret) == sha256(secret[11:].encode()).digest()
    assert key.user_id == alice.pk


# authorization.md 7.3: created/updated within 5 s; authorization.md 7.4: default lifetime 7 days;
# scope `all`; (H) list `*:*`.
def test_token_of_an_empty_wish_has_the_defaults(as_alice: Api) -> None:
    key = row_of(token(as_alice))

    now = datetime.now(UTC)
    assert abs(key.created_at - now) < timedelta(seconds=5)
    assert key.updated_at == key.created_at
    assert key.expires_at - key.created_at == timedelta(days=7)
    assert key.lifetime_seconds == 604_800
    assert key.last_used_at is None
    assert (key.login_type, key.scopes, key.allow_list) == ("token", ["coder:all"], ["*:*"])
    assert re.fullmatch(r"[a-z]+_[a-z]+[0-9]", key.name)


@pytest.mark.parametrize("raw", [b"", b"   ", b"{", b"[]", b"7", b'"x"'])
def test_body_must_be_a_json_object(as_alice: Api, raw: bytes) -> None:
    answer = as_alice("POST", TOKENS, raw=raw)

    assert answer.status_code == 400
    assert answer.json()["message"] == "Request body must be valid JSON."
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "raw", [b"{}", b"null", b'{"unknown": 1} trailing', b'{"token_name":null}']
)
def test_body_is_read_as_coder_reads_it(as_alice: Api, raw: bytes) -> None:
    assert as_alice("POST", TOKENS, raw=raw).status_code == 201


# authorization.md 7.3: address recorded, `0.0.0.0` when absent.
def test_address_of_the_maker_is_recorded(as_alice: Api) -> None:
    assert row_of(token(as_alice)).ip_address == "127.0.0.1"


@pytest.mark.parametrize(
    "name",
    ["a/b", "100%", "%2e%2e", " ", "a b", "ünïcode", "💥", "tokens", "a-b",
     "line\nbreak", '"quoted"', "{braces}", "A" * 255, "é" * 255],
)  # fmt: skip
def test_name_is_used_verbatim(as_alice: Api, name: str) -> None:
    key = row_of(token(as_alice, token_name=name))

    assert key.name == name
    shown = as_alice.get(f"/users/me/keys/{key.pk}")
    assert (shown.status_code, shown.json()["token_name"]) == (200, name)


def test_name_of_256_characters_is_refused_before_the_database_does(as_alice: Api) -> None:
    assert refusal(as_alice.post(TOKENS, {"token_name": "n" * 256})) == (
        400,
        {
            "message": "Validation failed.",
            "validations": [
                {"field": "token_name", "detail": "A token name has at most 255 characters."}
            ],
        },
    )


def test_name_with_nul_is_refused(as_alice: Api) -> None:
    status, body = refusal(as_alice.post(TOKENS, {"token_name": "a\0b"}))

    assert (status, body["message"]) == (400, "Request body must be valid JSON.")


# authorization.md 3.4 step 8, exact.
def test_name_is_unique_among_the_users_tokens(as_alice: Api) -> None:
    token(as_alice, token_name="ci")

    assert refusal(as_alice.post(TOKENS, {"token_name": "ci"})) == (
        409,
        {
            "message": 'A token with name "ci" already exists.',
            "validations": [
                {"field": "name", "detail": "This value is already in use and should be unique."}
            ],
        },
    )


def test_name_in_another_case_or_of_another_user_or_session_is_free(
    as_alice: Api, as_mallory: Api, alice: User
) -> None:
    token(as_alice, token_name="ci")
    make_key(alice, name="session")

    assert token(as_alice, token_name="CI")
    assert token(as_alice, token_name="session")
    assert token(as_mallory, token_name="ci")


def test_expired_token_still_occupies_its_name(as_alice: Api) -> None:
    Key.objects.filter(pk=row_of(token(as_alice, token_name="ci")).pk).update(
        expires_at=datetime(2020, 1, 1, tzinfo=UTC)
    )

    assert as_alice.post(TOKENS, {"token_name": "ci"}).status_code == 409


def test_deleted_token_frees_its_name(as_alice: Api) -> None:
    key = row_of(token(as_alice, token_name="ci"))
    as_alice.delete(f"/users/me/keys/{key.pk}")

    assert token(as_alice, token_name="ci")


def test_taken_random_name_is_drawn_again(as_alice: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scopes.keys.minting.random_name", lambda *_, **__: "lucid_hopper7")

    first, second = row_of(token(as_alice)), row_of(token(as_alice))

    assert first.name == "lucid_hopper7"
    assert re.fullmatch(r"[a-z]+_[a-z]+[0-9]{1,6}", second.name)


# authorization.md 7.4 CLI: owner creates for another user; member cannot.
@pytest.mark.parametrize("who", ["id", "name", "upper case"])
def test_owner_makes_a_token_for_somebody_else(as_owner: Api, alice: User, who: str) -> None:
    reference = {"id": alice.pk, "name": "alice", "upper case": "ALICE"}[who]

    secret = token(as_owner, f"/users/{reference}")

    assert row_of(secret).user_id == alice.pk
    assert Api(secret).get("/users/me").json()["username"] == "alice"


@pytest.mark.parametrize("reference", ["owner", "nobody", "00000000-0000-0000-0000-000000000001"])
def test_member_cannot_tell_somebody_from_nobody(
    as_alice: Api, owner: User, reference: str
) -> None:
    assert refusal(as_alice.post(f"/users/{reference}/keys/tokens", {})) == (
        400,
        {
            "message": '"user" must be an existing uuid or username.',
            "detail": f'queried user="{reference}"',
        },
    )


# authorization.md 3.4 step 7: Coder's 500 for a resolvable user is 403 here (decision D4).
@pytest.mark.parametrize("role", ["user-admin", "template-admin", "auditor"])
def test_reading_people_is_not_enough_to_make_their_keys(alice: User, role: str) -> None:
    admin = signed_in(make_user("boss", roles=[role]))

    assert refusal(admin.post("/users/alice/keys/tokens", {})) == (
        403,
        {
            "message": "Failed to create API key.",
            "detail": "You may not create keys for this user.",
        },
    )
    assert admin.post(TOKENS, {}).status_code == 201
    assert Key.objects.filter(user=alice).count() == 0


# authorization.md 7.4: creating for a deleted user by name → 400; by id likewise, also for a
# session key.
@pytest.mark.parametrize("path", ["keys/tokens", "keys"])
def test_deleted_user_gets_no_key(as_owner: Api, alice: User, path: str) -> None:
    assert as_owner.post(f"/users/{alice.pk}/{path}", {}).status_code == 201
    User.objects.filter(pk=alice.pk).update(is_deleted=True)

    for reference in ("alice", str(alice.pk)):
        status, body = refusal(as_owner.post(f"/users/{reference}/{path}", {}))
        assert (status, body["message"]) == (400, '"user" must be an existing uuid or username.')


# authorization.md 7.4, 3.11: audited, resource id = the owning user's id, target = token name.
def test_creation_is_audited_without_the_secret(as_owner: Api, owner: User, alice: User) -> None:
    secret = token(as_owner, "/users/alice", token_name="ci", scopes=["workspace:read"])

    entry = Entry.objects.get(action="create", resource_type="api_key")
    assert (entry.actor_id, entry.resource_id) == (owner.pk, str(alice.pk))
    assert (entry.resource_target, entry.status_code) == ("ci", 201)
    assert entry.key_id == as_owner.token[:10]
    assert {"user_id", "expires_at", "created_at", "scopes"} <= set(entry.diff)
    kept = repr([entry.diff, entry.additional_fields])
    assert secret[11:] not in kept
    assert sha256(secret[11:].encode()).hexdigest() not in kept


def test_refused_creation_leaves_neither_key_nor_entry(as_alice: Api, alice: User) -> None:
    assert as_alice.post(TOKENS, {"scope": "nonsense"}).status_code == 400

    assert Key.objects.filter(user=alice, login_type="token").count() == 0
    assert Entry.objects.filter(action="create").count() == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
WISH = st.fixed_dictionaries(
    {},
    optional={
        "lifetime": JSON | st.integers(-(2**63), 2**63),
        "scope": JSON | st.text(max_size=300),
        "scopes": JSON | st.lists(st.text(max_size=30), max_size=5),
        "allow_list": JSON | st.lists(st.text(max_size=60), max_size=5),
        "token_name": JSON | st.text(max_size=400),
    },
)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=WISH | JSON)
def test_no_body_is_an_internal_error(as_alice: Api, body: Any) -> None:
    answer = as_alice.post(TOKENS, body)

    assert answer.status_code in {201, 400, 409}, answer.content
