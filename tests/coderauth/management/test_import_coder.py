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
from audit.models import Entry
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
    assert told["keys"] == {"created": 2}
    assert Api(token).get("/users/me").json()["id"] == str(ada)
    assert is_good(Api(session))
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
    assert {key.pk: key.scopes for key in Key.objects.all()} == {
        "narrow0000": ["workspace:read"], "narrower00": ["workspace:read"],
    }  # fmt: skip


def test_a_second_run_changes_nothing(db: None, coder: Coder) -> None:
    coder.key(coder.person("ada"), "0123456789")
    moved(coder)
    before = list(User.objects.values()), list(Key.objects.values("id", "expires_at", "updated_at"))

    told = moved(coder)

    assert (told["people"], told["keys"]) == ({"unchanged": 1}, {"unchanged": 1})
    after = list(User.objects.values()), list(Key.objects.values("id", "expires_at", "updated_at"))
    assert after == before


def test_what_changed_there_is_taken_over_and_what_changed_here_stays(
    db: None, coder: Coder
) -> None:
    ada, bob = coder.person("ada"), coder.person("bob")
    moved(coder)
    run("users", "suspend", "bob")
    coder.sql("UPDATE persons SET name = 'New', updated_at = updated_at + interval '1 day'")

    told = moved(coder)

    assert told["people"] == {"updated": 1, "kept": 1}
    assert told["reasons"]["people: changed here since, kept as here"]["examples"] == ["bob"]
    assert User.objects.get(pk=ada).name == "New"
    assert (User.objects.get(pk=bob).name, User.objects.get(pk=bob).status) == ("", "suspended")


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
    coder.person("ada")
    moved(coder)

    whole = Entry.objects.get(action="import")
    assert whole.additional_fields == {"moved_from": "coder", "people": {"created": 1}}
    assert Entry.objects.get(action="create").resource_target == "ada"
    assert not Notice.objects.exists()


def test_a_source_that_does_not_answer_is_a_sentence(db: None) -> None:
    told = refusal("import_coder", "--source=postgres://u:hidden@127.0.0.1:1/x")

    assert told.startswith("The source cannot be opened")
    assert "hidden" not in told
