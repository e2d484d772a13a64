from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from audit.models import Entry
from scopes.models import Key
from tests.people import Api, make_key, make_user, signed_in
from tests.scopes.keyring import NOT_FOUND, narrowed, row_of, token

KEYS = "/users/me/keys"


# authorization.md 3.8: by name: exact match, any login type, empty names never match.
def test_key_is_read_by_its_exact_name(as_alice: Api, alice: User) -> None:
    secret = token(as_alice, token_name="ci")
    make_key(alice, name="browser")

    found = as_alice.get(f"{KEYS}/tokens/ci")

    assert (found.status_code, found.json()["id"]) == (200, secret[:10])
    assert as_alice.get(f"{KEYS}/tokens/browser").status_code == 200
    for other in ("CI", "c", "ci%20", "%20ci", secret[:10], secret):
        missing = as_alice.get(f"{KEYS}/tokens/{other}")
        assert (missing.status_code, missing.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    "name",
    ["a b", "100%", "ünï", "💥", "a\nb", "\n", "{x}", "ci/deploy", "a/b/c", "a/tokenconfig",
     "tokenconfig/a", "expire", "ci/expire", ".a", "a..b", "..."],
)  # fmt: skip
def test_odd_name_is_found_when_escaped(as_alice: Api, name: str) -> None:
    secret = token(as_alice, token_name=name)

    for escaped in (quote(name), quote(name, safe="")):
        assert as_alice.get(f"{KEYS}/tokens/{escaped}").json()["id"] == secret[:10]


# Clients and proxies take such steps out of a path, and one name is that of another route.
@pytest.mark.parametrize(
    "name",
    [".", "..", "a/../b", "./a", "a/.", "/", "/a", "a/", "a//b", "tokenconfig"],
)
def test_name_that_no_path_leads_to_is_refused(as_alice: Api, name: str) -> None:
    answer = as_alice.post(f"{KEYS}/tokens", {"token_name": name})

    assert (answer.status_code, answer.json()["validations"]) == (
        400,
        [
            {
                "field": "token_name",
                "detail": "A token of this name could not be found by its name.",
            }
        ],
    )
    assert not Key.objects.filter(login_type="token").exists()


def test_name_belongs_to_the_user_of_the_path(as_owner: Api, as_alice: Api) -> None:
    token(as_alice, token_name="ci")

    assert as_owner.get(f"{KEYS}/tokens/ci").status_code == 404
    assert as_owner.get("/users/alice/keys/tokens/ci").status_code == 200


# authorization.md 3.8: by id `{user}` must resolve but is otherwise ignored.
def test_key_is_read_by_id_below_any_readable_user(as_owner: Api, as_alice: Api) -> None:
    secret = token(as_alice)

    for path in ("me", "owner", "alice"):
        assert as_owner.get(f"/users/{path}/keys/{secret[:10]}").json()["id"] == secret[:10]
    assert as_owner.get(f"/users/nobody/keys/{secret[:10]}").status_code == 400


def test_strangers_key_looks_like_no_key(as_alice: Api, as_mallory: Api) -> None:
    secret = token(as_alice, token_name="ci")

    for method in ("GET", "DELETE"):
        hidden = as_mallory(method, f"{KEYS}/{secret[:10]}")
        missing = as_mallory(method, f"{KEYS}/0000000000")
        assert (hidden.status_code, hidden.json()) == (404, NOT_FOUND)
        assert (missing.status_code, missing.json()) == (404, NOT_FOUND)
    assert as_alice.get(f"{KEYS}/{secret[:10]}").status_code == 200
    assert as_alice.delete(f"{KEYS}/{secret[:10]}").status_code == 204


# authorization.md 3.8: only the owning user and site owners; no other built-in role.
@pytest.mark.parametrize("role", ["user-admin", "auditor", "template-admin"])
def test_no_other_role_reaches_a_key(as_owner: Api, as_alice: Api, role: str) -> None:
    admin = signed_in(make_user("boss", roles=[role]))
    path = f"/users/alice/keys/{token(as_alice)[:10]}"

    assert admin.get(path).status_code == 404
    assert admin.delete(path).status_code == 404
    assert as_owner.get(path).status_code == 200
    assert as_owner.delete(path).status_code == 204


@pytest.mark.parametrize("role", ["organization-admin", "organization-user-admin"])
def test_no_organization_role_reaches_a_key(as_alice: Api, role: str) -> None:
    admin = signed_in(make_user("boss", organization_roles=[role]))

    assert admin.get(f"/users/alice/keys/{token(as_alice)[:10]}").status_code == 404
    assert admin.get(f"{KEYS}/{admin.token[:10]}").status_code == 200


# authorization.md 3.8: success 204 without body; the key stops at once, including the one used for
# the request.
def test_deleted_key_stops_at_once(as_alice: Api) -> None:
    secret = token(as_alice)
    assert Api(secret).get("/users/me").status_code == 200

    answer = as_alice.delete(f"{KEYS}/{secret[:10]}")

    assert (answer.status_code, answer.content) == (204, b"")
    ended = Api(secret).get("/users/me")
    assert (ended.status_code, ended.json()["detail"]) == (401, "API key is invalid.")
    assert as_alice.delete(f"{KEYS}/{secret[:10]}").status_code == 404


def test_key_can_delete_itself(as_alice: Api) -> None:
    key = Api(token(as_alice))

    assert key.delete(f"{KEYS}/{key.token[:10]}").status_code == 204
    assert key.get("/users/me").status_code == 401


# authorization.md 7.4: audit rows create then delete; authorization.md 3.11: a refused delete has
# its status and no diff.
def test_deletion_is_audited_and_so_is_a_refused_one(
    as_alice: Api, as_mallory: Api, alice: User, mallory: User
) -> None:
    secret = token(as_alice, token_name="ci")
    as_mallory.delete(f"{KEYS}/{secret[:10]}")
    as_alice.delete(f"{KEYS}/{secret[:10]}")

    entries = Entry.objects.filter(resource_type="api_key").order_by("at")
    assert [(e.action, e.status_code, e.actor_id) for e in entries] == [
        ("create", 201, alice.pk),
        ("delete", 404, mallory.pk),
        ("delete", 204, alice.pk),
    ]
    assert {e.resource_target for e in entries} == {"ci"}
    assert {e.resource_id for e in entries} == {str(alice.pk)}
    assert entries[1].diff == {}
    assert "hashed_secret" not in entries[2].diff
    assert entries[2].diff["user_id"]["old"] == str(alice.pk)


def test_deleting_nothing_leaves_no_entry(as_alice: Api) -> None:
    assert as_alice.delete(f"{KEYS}/0000000000").status_code == 404
    assert Entry.objects.count() == 0


# Convention of the command line: X by name, then the part before the first `-` as an id.
def test_token_is_found_by_the_id_that_its_secret_begins_with(as_alice: Api) -> None:
    secret = token(as_alice)

    assert as_alice.get(f"{KEYS}/{secret.partition('-')[0]}").status_code == 200
    assert as_alice.get(f"{KEYS}/{secret}").status_code == 404


def test_narrowed_key_reads_and_deletes_as_far_as_its_scope(alice: User, as_alice: Api) -> None:
    key_id = token(as_alice)[:10]
    reader = narrowed(alice, "user:read", "api_key:read")

    assert narrowed(alice, "user:read").get(f"{KEYS}/{key_id}").status_code == 404
    assert reader.get(f"{KEYS}/{key_id}").status_code == 200
    assert reader.delete(f"{KEYS}/{key_id}").status_code == 404
    assert (
        narrowed(alice, "user:read", "api_key:delete").delete(f"{KEYS}/{key_id}").status_code == 204
    )


def test_keys_of_a_deleted_user_end_with_them(as_alice: Api, alice: User) -> None:
    assert as_alice.get("/users/me").status_code == 200
    User.objects.filter(pk=alice.pk).update(is_deleted=True)

    assert as_alice.get("/users/me").json()["detail"] == "API key is invalid."


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    user=st.sampled_from(["me", "alice", "owner", str(uuid4()), "%00"]) | st.text(min_size=1),
    rest=st.text(min_size=1, max_size=40) | st.sampled_from(["0" * 10, "0" * 9 + "\0", "é" * 10]),
    named=st.booleans(),
    method=st.sampled_from(["GET", "DELETE"]),
)  # fmt: skip
def test_no_path_is_an_internal_error(
    as_alice: Api, user: str, rest: str, named: bool, method: str
) -> None:
    middle = "tokens/" if named else ""
    path = f"/users/{quote(user, safe='')}/keys/{middle}{quote(rest, safe='')}"

    assert as_alice(method, path).status_code in {200, 400, 404, 405}


@pytest.mark.parametrize(
    "path", ["keys/%00", "keys/000000000%00", "keys/tokens/%00", "keys/tokens/a%00b"]
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_nul_finds_nothing(as_alice: Api, path: str, method: str) -> None:
    expected = 405 if method == "DELETE" and "tokens/" in path else 404

    assert as_alice(method, f"/users/me/{path}").status_code == expected


def test_first_of_two_deletions_wins(as_alice: Api) -> None:
    key = row_of(token(as_alice))

    assert [as_alice.delete(f"{KEYS}/{key.pk}").status_code for _ in range(2)] == [204, 404]
    assert Key.objects.filter(pk=key.pk).count() == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_key_cannot_be_changed(as_alice: Api, anonymous: Api, method: str) -> None:
    path = f"{KEYS}/{as_alice.token[:10]}"

    assert as_alice(method, path, {}).status_code == 405
    assert anonymous(method, path, {}).status_code == 401
