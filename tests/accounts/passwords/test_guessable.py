"""Passwords that are guessed first are refused, whatever kinds of characters they have."""

import json

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.passwords.guessable import GUESSABLE
from accounts.passwords.strength import check_strength
from tests.expect import document
from tests.people import PASSWORD, Api

ABOUT = ("grace.hopper@example.org", "ghopper", "Grace Hopper")


@pytest.mark.parametrize(
    "password",
    [
        "Password1", "P@ssw0rd1", "P@$$w0rd123!", "Welcome2024!", "Coderauth1!", "CoderAuth#2026",
        "Football99!", "!Dragon25!", "Qwerty123!", "Letmein#2026", "1Monkey!2",
        "grace.hopper@example.org", "GHopper2026!", "Hopper#1906", "Example.Org1",
    ],
)  # fmt: skip
def test_one_known_word_with_little_around_it_is_refused(password: str) -> None:
    assert check_strength(password, ABOUT) != ""


@pytest.mark.parametrize(
    "password",
    [
        "SomeSecurePassword!", "Str0ng-Passw0rd!x", "An0ther-Str0ng-Passw0rd",
        "correct horse battery staple", "dragon 8361-9402 lamp", "xK7#mQ2!vR9z",
        "Welcome-to-the-jungle-2024!",
    ],
)  # fmt: skip
def test_several_words_and_random_characters_pass(password: str) -> None:
    assert check_strength(password, ABOUT) == ""


def test_a_name_is_only_bad_for_the_one_who_has_it() -> None:
    assert check_strength("Katherine-2026#", ("kate@example.org", "Katherine")) == GUESSABLE
    assert check_strength("Katherine-2026#", ABOUT) in {"", GUESSABLE}
    assert check_strength("Zebulonia-2026#", ("z@example.org", "Zebulonia")) == GUESSABLE
    assert check_strength("Zebulonia-2026#", ABOUT) == ""


def test_the_name_of_the_installation_is_known_to_everybody(settings: Settings) -> None:
    assert check_strength("Initrodex-2026#") == ""
    settings.ACCESS_URL = "https://auth.initrodex.example"
    assert check_strength("Initrodex-2026#") == GUESSABLE


def test_64_characters_of_any_script_fit() -> None:
    assert check_strength("ж" * 2 + "зцйфячыувсмакепитр" * 3 + "нгоьбшлд") == ""
    assert "no more than 64" in check_strength("зцйфячыувсмакепитр" * 4)


def test_every_door_refuses_them(anonymous: Api, as_owner: Api, alice: User) -> None:
    body = {"password": "Welcome2024!"}
    answer = document(anonymous.post("/users/validate-password", body))
    assert answer == {"valid": False, "details": GUESSABLE}
    changed = as_owner.put(f"/users/{alice.pk}/password", body)
    assert (changed.status_code, GUESSABLE in json.dumps(document(changed))) == (400, True)
    own = {"password": "Alice@Example.Test"}  # Of her own address.
    assert as_owner.put(f"/users/{alice.pk}/password", own).status_code == 400
    good = {"password": f"{PASSWORD}-other"}
    assert as_owner.put(f"/users/{alice.pk}/password", good).status_code == 204
