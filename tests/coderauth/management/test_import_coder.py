"""People and keys of a Coder database move in, and their passwords and tokens keep working."""

import os
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import pbkdf2_hmac, sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from accounts.models import Notice, User
from accounts.people.deletion import user_delete
from audit.models import Entry
from scopes.actors import OPERATOR
from scopes.keys.ending import key_revoke
from scopes.models import Key, Membership
from tests.commands import refusal, result, run
from tests.people import PASSWORD, Api, is_good, may_sign_in

pytestmark = pytest.mark.postgres

# The columns that accounts.md 1.22 and authorization.md 3.1 name.
TABLES = """
CREATE TYPE scope AS ENUM ('all', 'application_connect', 'workspace:read', 'license:forge');
CREATE TYPE login AS ENUM ('password', 'github', 'oidc', 'token', 'none');
CREATE TABLE persons (
    id uuid PRIMARY KEY, email text NOT NULL, username text NOT NULL, name text NOT NULL DEFAULT '',
    hashed_password bytea NOT NULL, created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'active', rbac_roles text[] NOT NULL DEFAULT '{}',
    login_type login NOT NULL DEFAULT 'password', avatar_url text NOT NULL DEFAULT '',
    deleted boolean NOT NULL DEFAULT false, last_seen_at timestamptz NOT NULL
        DEFAULT '0001-01-01 00:00:00+00',
    github_com_user_id bigint, is_system boolean NOT NULL DEFAULT false
);
CREATE TABLE credentials (
    id text PRIMARY KEY, hashed_secret bytea NOT NULL, user_id uuid NOT NULL,
    last_used timestamptz NOT NULL DEFAULT '0001-01-01 00:00:00+00',
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, login_type login NOT NULL,
    lifetime_seconds bigint NOT NULL DEFAULT 86400, ip_address inet NOT NULL DEFAULT '0.0.0.0',
    token_name text NOT NULL DEFAULT '', scopes scope[] NOT NULL DEFAULT '{all}',
    allow_list text[] NOT NULL DEFAULT '{*:*}'
);
"""
THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = "s" * 22


class Coder:
    """A database with the tables of the specification."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sql(TABLES)

    def sql(self, statement: str, values: Any = ()) -> None:
        with psycopg.connect(self.url, autocommit=True) as own:
            own.execute(statement.encode(), values or None)

    def person(self, username: str, **fields: Any) -> UUID:
        values: dict[str, Any] = {
            "id": uuid4(), "email": f"{username}@old.test", "username": username,
            "hashed_password": coders_hash(PASSWORD), "created_at": THEN, "updated_at": THEN,
            **fields,
        }  # fmt: skip
        self._insert("persons", values)
        found: UUID = values["id"]
        return found

    def key(self, user: UUID, key_id: str, **fields: Any) -> str:
        values = {
            "id": key_id, "hashed_secret": sha256(SECRET.encode()).digest(), "user_id": user,
            "expires_at": datetime.now(UTC) + timedelta(days=9), "created_at": THEN,
            "updated_at": THEN, "login_type": "token", "token_name": key_id, **fields,
        }  # fmt: skip
        self._insert("credentials", values)
        return f"{key_id}-{SECRET}"

    def _insert(self, table: str, values: dict[str, Any]) -> None:
        marks = ", ".join(["%s"] * len(values))
        columns = ", ".join(values)
        self.sql(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(values.values()))


def coders_hash(password: str) -> bytes:
    salt = os.urandom(16)
    digest = pbkdf2_hmac("sha256", password.encode(), salt, 65_535, 64)
    parts = [b64encode(one).decode().rstrip("=") for one in (salt, digest)]
    return f"$pbkdf2-sha256$65535${parts[0]}${parts[1]}".encode()


@pytest.fixture
def coder() -> Iterator[Coder]:
    url, name = os.environ["CODERAUTH_DATABASE_URL"], f"coder_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield Coder(urlsplit(url)._replace(path=f"/{name}").geturl())
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def moved(coder: Coder, *more: str) -> Any:
    return result("import_coder", f"--source={coder.url}", *more)


def test_passwords_and_tokens_keep_working(db: None, coder: Coder) -> None:
    ada = coder.person("ada", rbac_roles=["owner"])
    token = coder.key(ada, "0123456789")
    session = coder.key(ada, "abcdefghij", login_type="password", token_name="")

    told = moved(coder)

    assert told["people"] == {"created": 1}
    assert told["keys"] == {"created": 1, "left_out": 1}
    assert Api(token).get("/users/me").json()["id"] == str(ada)
    assert not is_good(Api(session))
    assert told["reasons"]["keys: a session"]["examples"] == ["abcdefghij"]
    assert not is_good(Api(token[:-1] + "x"))
    assert may_sign_in("ada@old.test", PASSWORD)
    assert not may_sign_in("ada@old.test", PASSWORD + "x")
    assert User.objects.get().password.startswith("argon2")
    assert Membership.objects.get().organization.is_default


def test_a_narrow_token_stays_narrow(db: None, coder: Coder) -> None:
    ada = coder.person("ada", rbac_roles=["owner"])
    coder.key(ada, "narrow0000", scopes=["workspace:read"])
    coder.key(ada, "narrower00", scopes=["workspace:read", "license:forge"])
    coder.key(ada, "unknown000", scopes=["license:forge"])

    told = moved(coder)

    assert told["keys"] == {"created": 2, "left_out": 1}
    assert told["reasons"]["keys: it holds no scope that is known here"]["examples"] == [
        "unknown000"
    ]
    assert told["reasons"]["keys: without a scope that is not known here"]["examples"] == [
        "narrower00: license:forge"
    ]
    assert {key.pk: key.scopes for key in Key.objects.all()} == {
        "narrow0000": ["workspace:read"], "narrower00": ["workspace:read"],
    }  # fmt: skip


def test_a_token_confined_to_objects_stays_so_and_an_empty_list_grants_nothing(
    db: None, coder: Coder
) -> None:
    ada, one = coder.person("ada"), f"workspace:{uuid4()}"
    coder.key(ada, "confined00", allow_list=[one])
    coder.key(ada, "nothing000", allow_list=[])
    coder.key(ada, "unreadable", allow_list=["spaceship:*"])

    told = moved(coder)

    assert {key.pk: key.allow_list for key in Key.objects.all()} == {"confined00": [one]}
    assert told["reasons"]["keys: its allow list cannot be read here"]["examples"] == [
        "nothing000", "unreadable",
    ]  # fmt: skip


def test_a_database_that_has_no_allow_lists_confines_no_key(db: None, coder: Coder) -> None:
    coder.sql("ALTER TABLE credentials DROP COLUMN allow_list")
    coder.key(coder.person("ada"), "0123456789")

    moved(coder)

    assert Key.objects.get().allow_list == ["*:*"]


def test_a_second_run_changes_nothing(db: None, coder: Coder) -> None:
    coder.key(coder.person("ada"), "0123456789")
    moved(coder)
    before = list(User.objects.values()), list(Key.objects.values("id", "expires_at", "updated_at"))

    told = moved(coder)

    assert (told["people"], told["keys"]) == ({"here_already": 1}, {"here_already": 1})
    after = list(User.objects.values()), list(Key.objects.values("id", "expires_at", "updated_at"))
    assert after == before


def test_a_second_run_takes_who_came_since_with_their_tokens(db: None, coder: Coder) -> None:
    ada = coder.person("ada")
    moved(coder)
    token = coder.key(coder.person("bob"), "0123456789")
    late = coder.key(ada, "abcdefghij")

    told = moved(coder)

    assert told["people"] == {"created": 1, "here_already": 1}
    assert is_good(Api(token))
    assert not is_good(Api(late))
    reason = "keys: its owner moved in before, it did not"
    assert told["reasons"][reason]["examples"] == ["abcdefghij"]


def test_a_key_revoked_here_does_not_come_back(db: None, coder: Coder) -> None:
    token = coder.key(coder.person("ada"), "0123456789")
    moved(coder)
    assert is_good(Api(token))
    key_revoke(caller=OPERATOR, key_id="0123456789")

    moved(coder)

    assert not is_good(Api(token))


def test_a_suspension_here_outlasts_a_change_there(db: None, coder: Coder) -> None:
    coder.person("bob", rbac_roles=["auditor"])
    moved(coder)
    run("users", "suspend", "bob")
    coder.sql("UPDATE persons SET rbac_roles = '{owner}', updated_at = now() + interval '1 day'")

    moved(coder)

    bob = User.objects.get()
    assert (bob.status, bob.site_roles) == ("suspended", ["auditor"])


def test_a_person_deleted_here_does_not_come_back(db: None, coder: Coder, owner: User) -> None:
    ada = coder.person("ada")
    token = coder.key(ada, "0123456789")
    moved(coder)
    user_delete(caller=OPERATOR, user=User.objects.get(pk=ada))

    told = moved(coder)

    assert told["reasons"]["people: deleted here"]["examples"] == ["ada"]
    assert User.objects.get(pk=ada).is_deleted
    assert not is_good(Api(token))


def test_suspended_people_move_with_tokens_that_wait_and_dormant_ones_wake(
    db: None, coder: Coder
) -> None:
    suspended = coder.key(coder.person("sus", status="suspended"), "0123456789")
    dormant = coder.key(coder.person("dora", status="dormant"), "abcdefghij")

    told = moved(coder)

    assert (told["people"], told["keys"]) == ({"created": 2}, {"created": 2})
    assert not is_good(Api(suspended))
    run("users", "activate", "sus")
    assert is_good(Api(suspended))
    assert is_good(Api(dormant))


def test_a_role_that_is_not_known_here_is_told_and_left_out(db: None, coder: Coder) -> None:
    coder.person("ada", rbac_roles=["auditor", "wizard"])

    told = moved(coder)

    assert User.objects.get().site_roles == ["auditor"]
    reason = "people: without a role they cannot have here"
    assert told["reasons"][reason]["examples"] == ["ada: wizard"]


def test_what_cannot_be_read_is_a_sentence_and_nothing_is_half_made(db: None, coder: Coder) -> None:
    coder.key(coder.person("ada"), "0123456789")
    coder.sql("UPDATE credentials SET expires_at = 'infinity'")

    told = refusal("import_coder", f"--source={coder.url}")

    assert told.startswith("The source cannot be read")
    assert not User.objects.exists()


def test_a_dry_run_says_the_same_and_writes_nothing(db: None, coder: Coder) -> None:
    coder.key(coder.person("ada"), "0123456789")

    dry = moved(coder, "--dry-run")

    assert not User.objects.exists()
    assert not Entry.objects.exists()
    assert {**dry, "dry_run": False} == moved(coder)


def test_whoever_cannot_move_is_left_out_and_told(db: None, alice: User, coder: Coder) -> None:
    coder.person("gone", deleted=True)
    coder.person("prebuilds", is_system=True)
    coder.person("not a name")
    taken = coder.person("ALICE")
    coder.key(taken, "0123456789")
    coder.key(coder.person("old"), "expired000", expires_at=THEN)

    told = moved(coder)

    assert told["people"] == {"left_out": 4, "created": 1}
    assert told["keys"] == {"left_out": 2}
    assert told["reasons"].keys() == {
        "people: deleted there", "people: a system user",
        "people: its name or address cannot be used here",
        "people: another account here has its name or address",
        "keys: its owner was left out", "keys: expired",
    }  # fmt: skip


def test_a_missing_column_is_named_before_anything_is_written(db: None, coder: Coder) -> None:
    coder.person("ada")
    coder.sql("ALTER TABLE credentials DROP COLUMN lifetime_seconds")

    told = refusal("import_coder", f"--source={coder.url}")

    assert "no table of keys" in told
    assert "the nearest lacks lifetime_seconds" in told
    assert not User.objects.exists()


def test_the_move_is_recorded_and_nobody_is_written_to(db: None, owner: User, coder: Coder) -> None:
    coder.key(coder.person("ada"), "0123456789")
    moved(coder)

    whole = Entry.objects.get(action="import")
    counts = {"people": {"created": 1}, "keys": {"created": 1}}
    assert whole.additional_fields == {"moved_from": "coder", **counts}
    made = Entry.objects.filter(action="create", actor_id=None)
    assert set(made.values_list("resource_type", "resource_target")) == {
        ("user", "ada"), ("api_key", "0123456789"),
    }  # fmt: skip
    assert not Notice.objects.exists()


def test_a_source_that_does_not_answer_is_a_sentence(db: None) -> None:
    told = refusal("import_coder", "--source=postgres://u:hidden@127.0.0.1:1/x")

    assert told.startswith("The source cannot be opened")
    assert "hidden" not in told
