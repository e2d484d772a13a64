import pytest

from accounts.models import User
from scopes.models import Key
from tests.people import Api, make_key, make_user, signed_in
from tests.scopes.keyring import at, narrowed, row_of, token

PATH = "/users/me/keys/tokens"


def names(api: Api, query: str = "", path: str = PATH) -> list[str]:
    answer = api.get(f"{path}{query}")
    assert answer.status_code == 200, answer.content
    return sorted(row["token_name"] for row in answer.json())


# authorization.md 7.4: no tokens → empty list (decision D4: `[]`, not null).
def test_nobody_begins_with_a_token(as_alice: Api) -> None:
    answer = as_alice.get(PATH)

    assert (answer.status_code, answer.content) == (200, b"[]\n")


# authorization.md 3.6, 3.7: each element is the key plus `username`; never the secret nor its hash.
def test_listed_token_is_the_key_with_its_username(as_alice: Api, alice: User) -> None:
    secret = token(as_alice, token_name="ci", scopes=["workspace:read"])
    row = row_of(secret)

    (shown,) = as_alice.get(PATH).json()

    by_id = as_alice.get(f"/users/me/keys/{secret[:10]}").json()
    assert shown == {**by_id, "username": "alice"}
    assert set(by_id) == {
        "id", "user_id", "last_used", "expires_at", "created_at", "updated_at", "login_type",
        "scope", "scopes", "token_name", "lifetime_seconds", "allow_list",
        "renews", "paused", "rotated_at", "old_valid_until",
    }  # fmt: skip
    assert (shown["id"], shown["user_id"]) == (row.pk, str(alice.pk))
    assert shown["last_used"] == "0001-01-01T00:00:00Z"
    assert shown["expires_at"].endswith("Z")


def test_sessions_are_not_listed_and_expired_tokens_are(as_alice: Api, alice: User) -> None:
    make_key(alice, name="session")
    token(as_alice, token_name="old")
    Key.objects.filter(name="old").update(expires_at=at(2020, 1, 1))

    assert names(as_alice) == ["old"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["good", "old"]),
        ("?include_expired=", ["good", "old"]),
        ("?include_expired=true", ["good", "old"]),
        ("?include_expired=1", ["good", "old"]),
        ("?include_expired=false", ["good"]),
        ("?include_expired=0", ["good"]),
        ("?include_expired=no", ["good"]),
    ],
)
def test_expired_tokens_are_left_out_for_who_says_so(
    as_alice: Api, query: str, shown: list[str]
) -> None:
    for name in ("good", "old"):
        token(as_alice, token_name=name)
    Key.objects.filter(name="old").update(expires_at=at(2020, 1, 1))

    assert names(as_alice, query) == shown


# authorization.md 7.4 CLI: own list hides others' tokens.
def test_own_list_holds_own_tokens_only(as_owner: Api, as_alice: Api) -> None:
    token(as_owner, token_name="theirs")
    token(as_alice, token_name="mine")

    assert names(as_alice) == ["mine"]
    assert names(as_owner) == ["theirs"]
    assert names(as_owner, path="/users/alice/keys/tokens") == ["mine"]


# authorization.md 3.7: the path user is ignored; rows the caller may not read are dropped.
def test_include_all_is_everybodys_for_an_owner_and_ones_own_for_a_member(
    as_owner: Api, as_alice: Api
) -> None:
    token(as_owner, token_name="theirs")
    token(as_alice, token_name="mine")

    assert names(as_owner, "?include_all=true") == ["mine", "theirs"]
    assert names(as_owner, "?include_all=true", "/users/alice/keys/tokens") == ["mine", "theirs"]
    assert names(as_alice, "?include_all=true") == ["mine"]


@pytest.mark.parametrize("text", ["1", "t", "T", "true", "TRUE", "True"])
def test_spelling_that_means_true(as_owner: Api, as_alice: Api, text: str) -> None:
    token(as_alice, token_name="mine")

    assert names(as_owner, f"?include_all={text}") == ["mine"]


@pytest.mark.parametrize(
    "text", ["", "0", "false", "tRUE", "yes", "on", "2", "%20true", "true%20", "%00", "%ff", "é"]
)
def test_anything_else_means_false(as_owner: Api, as_alice: Api, text: str) -> None:
    token(as_alice, token_name="theirs")

    assert names(as_owner, f"?include_all={text}") == []


@pytest.mark.parametrize("role", ["user-admin", "auditor", "template-admin"])
def test_reading_people_is_not_enough_to_read_their_keys(as_alice: Api, role: str) -> None:
    admin = signed_in(make_user("boss", roles=[role]))
    token(as_alice, token_name="mine")
    token(admin, token_name="own")

    assert names(admin, path="/users/alice/keys/tokens") == []
    assert names(admin, "?include_all=true") == ["own"]


# authorization.md 3.7: `""` when the caller cannot read all the listed users.
def test_list_does_not_name_people_that_the_key_may_not_read(
    owner: User, as_owner: Api, as_alice: Api
) -> None:
    token(as_owner, token_name="theirs")
    token(as_alice, token_name="mine")
    confined = narrowed(owner, "coder:all", allow_list=(f"user:{owner.pk}", "api_key:*"))

    everybody = confined.get(f"{PATH}?include_all=true").json()

    assert {row["token_name"]: row["username"] for row in everybody} == {"mine": "", "theirs": ""}
    assert [row["username"] for row in confined.get(PATH).json()] == ["owner"]
    full = as_owner.get(f"{PATH}?include_all=true").json()
    assert {row["username"] for row in full} == {"alice", "owner"}


def test_key_that_may_not_read_keys_lists_none(alice: User, as_alice: Api) -> None:
    token(as_alice, token_name="mine")

    assert names(narrowed(alice, "user:read")) == []
    assert names(narrowed(alice, "user:read", "api_key:read")) == ["mine"]


def test_list_of_a_stranger_is_hidden_and_of_a_deleted_user_is_empty(
    as_owner: Api, as_alice: Api, alice: User, mallory: User
) -> None:
    assert as_alice.get("/users/mallory/keys/tokens").status_code == 400
    User.objects.filter(pk=mallory.pk).update(is_deleted=True)

    assert as_owner.get("/users/mallory/keys/tokens").status_code == 400
    assert as_owner.get(f"/users/{mallory.pk}/keys/tokens").json() == []


def test_a_page_has_its_part_of_what_the_caller_may_read(
    as_owner: Api, as_alice: Api, alice: User
) -> None:
    made = [token(as_alice, token_name=f"ci{number}") for number in range(4)]
    token(as_owner, token_name="theirs")
    shown = ("user:*", f"api_key:{made[1][:10]}", f"api_key:{made[3][:10]}")
    some = narrowed(alice, "api_key:read", "user:read", allow_list=shown)

    assert names(as_alice, "?limit=2") == ["ci0", "ci1"]
    assert names(as_alice, "?limit=2&offset=3") == ["ci3"]
    assert names(as_owner, "?include_all=true&limit=3&offset=2") == ["ci2", "ci3", "theirs"]
    assert names(some, "?limit=1&offset=1") == ["ci3"]


@pytest.mark.parametrize("query", ["limit=-1", "limit=many", "offset=x", "limit=1&limit=2"])
def test_a_page_that_makes_no_sense_is_refused(as_alice: Api, query: str) -> None:
    assert as_alice.get(f"{PATH}?limit=1&offset=0").status_code == 200

    answer = as_alice.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert answer.json()["message"] == "Query parameters have invalid values."
