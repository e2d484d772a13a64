"""Who may make the first owner: users of the machine, and those who know the set-up secret."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.people.setup import setup_secret
from coderauth.errors import Forbidden
from tests.accounts.arrivals import arrive, somebody, whose
from tests.expect import refused
from tests.people import PASSWORD

OWNER = {"email": "ada@example.test", "username": "ada", "password": PASSWORD}
MESSAGE = "The first owner is made on the machine itself, or with the set-up secret."
DETAIL = (
    "The start of the service prints the set-up secret. Send it as `setup_secret`, or enter "
    "it at /setup."
)
HERE: list[dict[str, str]] = [
    {},
    {"REMOTE_ADDR": "::1"},
    {"REMOTE_ADDR": "::ffff:127.0.0.1"},
    {"HTTP_HOST": "127.0.0.1:3000"},
    {"HTTP_HOST": "[::1]:3000"},
    {"HTTP_HOST": ""},  # No browser leaves it out.
]
ELSEWHERE: list[dict[str, str]] = [
    {"REMOTE_ADDR": "192.0.2.7"},
    {"REMOTE_ADDR": "10.0.0.1"},
    {"REMOTE_ADDR": ""},  # A Unix socket: a proxy is behind it.
    # A proxy of this machine, whether or not its word counts.
    {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
    {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
    {"HTTP_FORWARDED": "for=192.0.2.7"},
    {"HTTP_X_REAL_IP": "192.0.2.7"},
    {"HTTP_VIA": "1.1 proxy"},
    # Somebody's domain that names this machine, opened by its user.
    {"HTTP_HOST": "rebound.evil.example:3000"},
    {"HTTP_HOST": "localhost.evil.example"},
    {"HTTP_HOST": "["},
]


def post(meta: dict[str, str], **more: str) -> Any:
    client = Client(enforce_csrf_checks=True, **{"HTTP_HOST": "localhost:3000", **meta})  # type: ignore[arg-type]
    return client.post("/api/v2/users/first", json.dumps(OWNER | more), "application/json")


@pytest.mark.parametrize("meta", HERE)
def test_a_request_from_the_machine_makes_the_first_owner(db: None, meta: dict[str, str]) -> None:
    assert post(meta).status_code == 201


@pytest.mark.parametrize("meta", ELSEWHERE)
def test_from_elsewhere_it_takes_the_secret(db: None, meta: dict[str, str]) -> None:
    for shown in ("", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", setup_secret()[:-1], "é\0"):
        answer = post(meta, setup_secret=shown)
        assert answer.status_code in {400, 403}
        if answer.status_code == 403:
            refused(answer, 403, MESSAGE, detail=DETAIL)
    assert not User.objects.exists()
    assert post(meta, setup_secret=setup_secret()).status_code == 201


def test_the_secret_is_taken_as_people_type_it(db: None) -> None:
    typed = f" {setup_secret().replace('-', ' ').lower()} "
    assert post(ELSEWHERE[0], setup_secret=typed).status_code == 201


def test_the_secret_is_of_this_installation(db: None, settings: Settings) -> None:
    here = setup_secret()
    assert here == setup_secret()
    settings.SECRET_KEY = "another-another-another-another-another"
    assert setup_secret() != here


def test_once_there_is_somebody_nobody_is_asked_for_it(alice: User) -> None:
    refused(post(ELSEWHERE[0]), 409, "The initial user has already been created.")


# --- the pages ----------------------------------------------------------------------------------

FORM = {**OWNER, "name": "Ada"}


def browser(**meta: str) -> Client:
    return Client(**{"HTTP_HOST": "localhost:3000", **meta})  # type: ignore[arg-type]


def test_the_page_asks_for_the_secret_from_elsewhere(db: None) -> None:
    away = browser(REMOTE_ADDR="192.0.2.7")

    assert b"Set-up secret" in away.get("/setup").content
    assert away.post("/setup", FORM).status_code == 400
    wrong = away.post("/setup", {"setup_secret": "AAAA-AAAA"})
    assert (wrong.status_code, MESSAGE.encode() in wrong.content) == (403, True)
    assert not User.objects.exists()

    led = away.post("/setup", {"setup_secret": setup_secret()})
    assert (led.status_code, led.headers["Location"]) == (302, "/setup")
    assert led.cookies["coderauth_setup"]["httponly"]
    assert b"Create the first owner" in away.get("/setup").content
    assert away.post("/setup", FORM).status_code == 302
    assert User.objects.get().is_owner


def test_the_page_asks_nobody_at_the_machine(db: None) -> None:
    near = browser()

    assert b"Create the first owner" in near.get("/setup").content
    assert near.post("/setup", FORM).status_code == 302
    assert User.objects.get().is_owner


# --- providers ------------------------------------------------------------------------------------


def test_a_provider_makes_nobody_the_first_owner_who_may_not_set_up(db: None) -> None:
    with pytest.raises(Forbidden) as refusal:
        arrive(somebody("grace"), may_set_up=False)
    assert refusal.value.code == "setup_secret_required"
    assert not User.objects.exists()

    assert whose(arrive(somebody("grace"), may_set_up=True)).is_owner


def test_a_provider_makes_others_members_wherever_they_are(alice: User) -> None:
    assert not whose(arrive(somebody("grace"), may_set_up=False)).is_owner
