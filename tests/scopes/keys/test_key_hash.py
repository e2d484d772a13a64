"""Only the very secret opens a key, whatever is stored (7.3, H 178)."""

from hashlib import sha256

import pytest

from accounts.models import User
from scopes.models import Key
from tests.people import Api, make_key

SIGNED_OUT = "You are signed out or your session has expired. Please sign in again to continue."


def refused_as_wrong(secret: str) -> bool:
    answer = Api(secret).get("/users/me")
    body = {"message": SIGNED_OUT, "detail": "API key secret is invalid."}
    return (answer.status_code, answer.json()) == (401, body)


# The database holds only what has the length of a hash; of those, just the one will do.
@pytest.mark.parametrize("damage", ["zero", "text", "of the whole token"])
def test_damaged_hash_never_validates(alice: User, damage: str) -> None:
    secret = make_key(alice)
    digest = sha256(secret[11:].encode()).digest()
    stored = {
        "zero": bytes(32),
        "text": digest.hex()[:32].encode(),
        "of the whole token": sha256(secret.encode()).digest(),
    }[damage]

    assert Api(secret).get("/users/me").status_code == 200
    Key.objects.filter(pk=secret[:10]).update(hashed_secret=stored)

    assert refused_as_wrong(secret)


def test_altered_secret_never_validates(alice: User) -> None:
    secret = make_key(alice)

    for place in range(11, 33):
        other = "A" if secret[place] != "A" else "B"
        assert refused_as_wrong(secret[:place] + other + secret[place + 1 :])
    assert refused_as_wrong(secret[:11] + secret[11:].swapcase())
    assert Api(secret).get("/users/me").status_code == 200


def test_secret_of_one_key_does_not_open_another(alice: User, mallory: User) -> None:
    hers, theirs = make_key(alice), make_key(mallory)

    assert refused_as_wrong(hers[:11] + theirs[11:])
    assert Api(theirs).get("/users/me").json()["username"] == "mallory"
