"""A secret is shown once, in the answer that made it, and is nowhere else afterwards."""

import json
import logging
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from tests.leaks import dump, holding
from tests.mailbox import mailed_passcode, run_due_tasks
from tests.people import PASSWORD, Api, make_key, make_user

WRONG = "Wr0ng-canary-passw0rd!"
NEW = "N3w-canary-passw0rd!"
AFTER_RESET = "R3set-canary-passw0rd!"
KEY = re.compile(r"[0-9A-Za-z]{10}-([0-9A-Za-z]{22})")


class Story:
    """What somebody did, with every answer they got and every secret that was made."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, Any]] = []
        self.made: dict[str, int] = {}  # secret -> index of the answer that made it

    def send(self, api: Api, method: str, path: str, body: Any = None, *, makes: str = "") -> Any:
        answer = api(method, path, body)
        self.answers.append((f"{method} {path}", answer))
        if makes:
            assert answer.status_code == 201, answer.content
            self.made[answer.json()[makes]] = len(self.answers) - 1
            return answer.json()[makes]
        return answer


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def live(alice: User, mail_folder: Path) -> tuple[Story, set[str]]:
    """Sign in, make keys, fail, convert, forget the password; return all secrets there were."""
    story, nobody = Story(), Api()
    email = {"email": alice.email}
    story.send(nobody, "POST", "/users/login", {**email, "password": WRONG})
    session = story.send(
        nobody, "POST", "/users/login", {**email, "password": PASSWORD}, makes="session_token"
    )
    me = Api(session)
    named = story.send(me, "POST", "/users/me/keys/tokens", {"token_name": "ci"}, makes="key")
    story.send(me, "POST", "/users/me/keys", makes="key")
    wish = {"scopes": ["user:read", "api_key:*"]}
    narrow = Api(story.send(me, "POST", "/users/me/keys/tokens", wish, makes="key"))
    child = story.send(narrow, "POST", "/users/me/keys/tokens", {"scope": "user:read"}, makes="key")
    story.send(Api(session[:11] + "x" * 22), "GET", "/users/me")
    story.send(Api(f"{session}-x"), "GET", "/users/me")
    converting = {"to_type": "github", "password": PASSWORD}
    story.send(me, "POST", "/users/me/convert-login", {**converting, "password": WRONG})
    state = story.send(me, "POST", "/users/me/convert-login", converting, makes="state_string")
    looks = ("/users/me/keys/tokens?include_all=true", "/users/me/keys/tokens/ci", "/users/me",
             f"/users/me/keys/{child[:10]}", "/organizations", "/openapi.json")  # fmt: skip
    for path in looks:
        assert story.send(me, "GET", path).status_code == 200
    story.send(me, "DELETE", f"/users/me/keys/{named[:10]}")
    change = {"password": NEW, "old_password": WRONG}
    story.send(me, "PUT", "/users/me/password", change)
    story.send(me, "PUT", "/users/me/password", {**change, "old_password": PASSWORD})
    story.send(nobody, "POST", "/users/otp/request", email)
    run_due_tasks()
    passcode = mailed_passcode(mail_folder)
    reset = {**email, "password": AFTER_RESET, "one_time_passcode": passcode}
    story.send(nobody, "POST", "/users/otp/change-password", {**reset, "one_time_passcode": WRONG})
    answer = story.send(nobody, "POST", "/users/otp/change-password", reset)
    assert answer.status_code == 204
    last = {**email, "password": AFTER_RESET}
    story.send(nobody, "POST", "/users/login", last, makes="session_token")
    story.send(Api(make_key(alice)), "POST", "/users/logout")
    secrets = {KEY.fullmatch(secret)[1] for secret in story.made if KEY.fullmatch(secret)}  # type: ignore[index]
    return story, {*secrets, state, passcode, PASSWORD, WRONG, NEW, AFTER_RESET}


@pytest.fixture
def lived(db: None, mail_folder: Path, log: pytest.LogCaptureFixture) -> tuple[Story, set[str]]:
    make_user("owner", roles=["owner"])
    return live(make_user("alice"), mail_folder)


def test_no_secret_is_in_the_database(lived: tuple[Story, set[str]]) -> None:
    _, secrets = lived
    stored = dump()

    assert holding(stored, secrets) == []
    hashes = {sha256(secret.encode()).hexdigest() for secret in secrets}
    assert len(holding(stored, hashes)) == 1  # The keys that are left: the last session's.


def test_audit_knows_what_happened_without_secrets_and_hashes(
    lived: tuple[Story, set[str]],
) -> None:
    _, secrets = lived
    entries = apps.get_model("audit", "Entry").objects.all()
    told = "\n".join(json.dumps([e.diff, e.additional_fields], default=str) for e in entries)

    assert entries.count() > 10
    hashes = {sha256(secret.encode()).hexdigest() for secret in secrets}
    assert holding(told, secrets | hashes | {"argon2", "$argon2id"}) == []


def test_no_secret_is_in_the_log(
    lived: tuple[Story, set[str]], log: pytest.LogCaptureFixture
) -> None:
    _, secrets = lived
    told = log.text + "\n".join(
        repr(record.args) + str(record.exc_text)
        for record in log.records
        if not record.name.startswith("django.db.backends")  # Statements; the database has them.
    )

    assert holding(told, secrets) == []


def test_secret_is_in_the_answer_that_made_it_and_in_no_other(
    lived: tuple[Story, set[str]],
) -> None:
    story, secrets = lived
    for index, (what, answer) in enumerate(story.answers):
        shown = holding(answer.content.decode(), secrets)
        made = {secret for secret, at in story.made.items() if at == index}

        assert all(any(secret in whole for whole in made) for secret in shown), what
        if made:
            assert shown, what
            assert answer.headers["Cache-Control"] == "no-store", what


def test_no_secret_is_in_a_header_but_the_session_in_its_cookie(
    lived: tuple[Story, set[str]],
) -> None:
    story, secrets = lived
    for index, (what, answer) in enumerate(story.answers):
        headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
        cookies = {name: morsel.value for name, morsel in answer.cookies.items()}
        session = cookies.pop("coder_session_token", "")

        assert holding(headers, secrets) == [], what
        assert holding(" ".join(cookies.values()), secrets) == [], what
        if session:
            assert story.made[session] == index, what
            assert answer.cookies["coder_session_token"]["httponly"], what


def test_no_secret_is_in_an_address(lived: tuple[Story, set[str]]) -> None:
    story, secrets = lived

    for what, answer in story.answers:
        assert holding(what + answer.headers.get("Location", ""), secrets) == []


def test_mail_names_no_secret_in_its_file_name(
    lived: tuple[Story, set[str]], mail_folder: Path
) -> None:
    _, secrets = lived
    (mail,) = mail_folder.iterdir()

    assert holding(mail.name, secrets) == []
    assert mail.stat().st_mode & 0o077 == 0


# Models are printed in logs and in the admin.
def test_no_model_prints_a_hash(lived: tuple[Story, set[str]]) -> None:
    for model in apps.get_models():
        rows: models.QuerySet[Any] = model._default_manager.all()
        for row in rows:
            printed = f"{row} {row!r}"
            assert "argon2" not in printed
            assert not re.search(r"[0-9a-f]{64}", printed)


def test_tasks_carry_ids_and_no_secret(lived: tuple[Story, set[str]]) -> None:
    _, secrets = lived
    (stored,) = DBTaskResult.objects.all()

    assert holding(json.dumps(stored.args_kwargs), secrets) == []
    assert settings.SECRET_KEY not in dump()
