"""Where a token is found, and what a bad one is told (accounts.md 1.8, 1.9 and 6.14).

Not here: accounts.md T201 and T219, modes that no route of ours uses, and accounts.md T213 to T217,
which need a provider's link.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.db import OperationalError

import scopes.keys.verifying
from accounts.models import User
from scopes.callers import Caller
from scopes.models import Key
from tests.expect import SIGNED_OUT, document, refused
from tests.people import make_key
from tests.scopes.keyring import get, whose

EXPIRED = "The access token has expired"
INVALID = "The access token is invalid"
GOOD_SHAPE = "a" * 10 + "-" + "b" * 22


def challenged(answer: Any, description: str = EXPIRED) -> None:
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer realm="coder", error="invalid_token", error_description="{description}", '
        'resource_metadata="http://127.0.0.1:3000/.well-known/oauth-protected-resource"'
    )


# --- where it is found ------------------------------------------------------------------------


# accounts.md T209, T230
@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/users/me", {"Cookie": "coder_session_token={0}"}),
        ("/users/me?coder_session_token={0}", {}),
        ("/users/me", {"Coder-Session-Token": "{0}"}),
        ("/users/me", {"Authorization": "Bearer {0}"}),
        ("/users/me", {"Authorization": "bEARER {0}"}),
        ("/users/me", {"Authorization": "Bearer   {0}  "}),
        ("/users/me?access_token={0}", {}),
        ("/users/me?access_token=%20{0}%20", {}),
        ("/users/me", {"Coder-Session-Token": "", "Authorization": "Bearer {0}"}),
        ("/users/me?coder_session_token=", {"Coder-Session-Token": "{0}"}),
        ("/users/me?access_token={0}", {"Authorization": "Bearer"}),
        ("/users/me?access_token={0}", {"Authorization": "Bearer "}),
        # accounts.md T232
        ("/users/me?access_token={0}", {"Authorization": "Basic YTpi"}),
        ("/users/me?access_token={0}", {"Authorization": "{0}"}),
    ],
)
def test_a_token_is_found(alice: User, path: str, headers: dict[str, str]) -> None:
    token = make_key(alice)
    sent = {name: value.format(token) for name, value in headers.items()}
    assert whose(get(path.format(token), **sent)) == "alice"


SOURCES = ["cookie", "query", "header", "bearer", "access_token"]


def send(tokens: dict[str, str]) -> Any:
    """Send tokens in the named places."""
    query = "&".join(
        f"{name}={tokens[source]}"
        for source, name in (("access_token", "access_token"), ("query", "coder_session_token"))
        if source in tokens
    )
    headers = {
        name: form.format(tokens[source])
        for source, name, form in (
            ("cookie", "Cookie", "coder_session_token={}"),
            ("header", "Coder-Session-Token", "{}"),
            ("bearer", "Authorization", "Bearer {}"),
        )
        if source in tokens
    }
    return get(f"/users/me?{query}", **headers)


# accounts.md T231
@pytest.mark.parametrize("first", range(len(SOURCES) - 1))
def test_the_earlier_place_wins_even_with_a_token_that_will_not_do(
    alice: User, mallory: User, first: int
) -> None:
    good, other = make_key(alice), make_key(mallory)
    for later in SOURCES[first + 1 :]:
        assert whose(send({SOURCES[first]: good, later: other})) == "alice"
        assert whose(send({SOURCES[first]: good, later: "nonsense"})) == "alice"
        assert send({SOURCES[first]: "nonsense", later: good}).status_code == 401


# accounts.md T231
def test_one_token_in_every_place_works(alice: User) -> None:
    assert whose(send(dict.fromkeys(SOURCES, make_key(alice)))) == "alice"


# accounts.md T237
def test_each_token_is_its_own_user(alice: User, mallory: User) -> None:
    for user in (alice, mallory):
        for source in SOURCES:
            assert whose(send({source: make_key(user)})) == user.username


def test_the_cookie_is_not_guessed_from_its_neighbours(alice: User) -> None:
    token = make_key(alice)
    assert whose(get(Cookie=f"a=b; coder_session_token={token}; c=d")) == "alice"
    assert get(Cookie=f"xcoder_session_token={token}").status_code == 401


# --- what is said of one that will not do -----------------------------------------------------


# accounts.md T200, T235
def test_no_token_at_all(db: None) -> None:
    answer = get()
    refused(
        answer,
        401,
        SIGNED_OUT,
        detail='Cookie "coder_session_token" or query parameter must be provided.',
    )
    challenged(answer)


# accounts.md T202
@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("a", "incorrect amount of API key parts, expected 2 got 1"),
        ("a-b-c", "incorrect amount of API key parts, expected 2 got 3"),
        ("-", "invalid API key ID length, expected 10 got 0"),
        ("short-" + "b" * 22, "invalid API key ID length, expected 10 got 5"),
        ("a" * 10 + "-short", "invalid API key secret length, expected 22 got 5"),
        ("a" * 10 + "-" + "b" * 9000, "invalid API key secret length, expected 22 got 9000"),
    ],
)
def test_a_token_of_another_shape(db: None, token: str, reason: str) -> None:
    answer = get(Coder_Session_Token=token)
    refused(answer, 401, SIGNED_OUT, detail=f"Invalid API key format: {reason}")
    challenged(answer)


# accounts.md T203
def test_an_unknown_id(db: None) -> None:
    answer = get(Coder_Session_Token=GOOD_SHAPE)
    refused(answer, 401, SIGNED_OUT, detail="API key is invalid.")
    challenged(answer)


# accounts.md T205
def test_a_wrong_secret(alice: User) -> None:
    token = make_key(alice)
    key_id, secret = token.split("-")
    for wrong in (secret[:-1] + ("x" if secret[-1] != "x" else "y"), secret.swapcase(), "b" * 22):
        answer = get(Coder_Session_Token=f"{key_id}-{wrong}")
        refused(answer, 401, SIGNED_OUT, detail="API key secret is invalid.")
        challenged(answer)
    assert whose(get(Coder_Session_Token=token)) == "alice"


# accounts.md T206, T234
def test_an_expired_key(alice: User) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    with time_machine.travel(at, tick=False) as clock:
        token = make_key(alice, lifetime=timedelta(minutes=1))
        clock.shift(60)
        assert whose(get(Authorization=f"Bearer {token}")) == "alice"
        clock.shift(0.000001)
        answer = get(Authorization=f"Bearer {token}")
    refused(answer, 401, SIGNED_OUT, detail='API key expired at "2026-01-02T03:05:05Z".')
    challenged(answer)


# accounts.md T204
@pytest.mark.parametrize("login_type", ["github", "oidc"])
def test_a_providers_session_without_a_link(alice: User, login_type: str) -> None:
    token = make_key(alice, login_type=login_type)
    answer = get(Coder_Session_Token=token)
    refused(answer, 401, SIGNED_OUT, detail="You must re-authenticate with the login provider.")
    challenged(answer)
    assert Key.objects.get().last_used_at is None


# accounts.md T015
def test_somebody_who_is_suspended(alice: User) -> None:
    token = make_key(alice)
    User.objects.filter(pk=alice.pk).update(status="suspended")
    answer = get(Coder_Session_Token=token)
    refused(
        answer,
        401,
        'User is not active (status = "suspended"). Contact an admin to reactivate your account.',
    )
    challenged(answer, INVALID)


def test_somebody_who_is_deleted(alice: User) -> None:
    token = make_key(alice)
    User.objects.filter(pk=alice.pk).update(is_deleted=True)
    refused(get(Coder_Session_Token=token), 401, SIGNED_OUT, detail="API key is invalid.")


def test_a_store_that_does_not_answer_is_no_wrong_key(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_key(alice)
    assert get(Coder_Session_Token=token).status_code == 200

    def broken(key_id: str) -> Caller:
        raise OperationalError("password=hunter2 host=10.0.0.1")

    monkeypatch.setattr(scopes.keys.verifying, "find_caller", broken)
    answer = get(Coder_Session_Token=token)
    refused(answer, 503, "The database does not answer right now. Please try again in a moment.")
    assert answer.headers["Retry-After"] == "5"
    assert "WWW-Authenticate" not in answer.headers


# In the order of accounts.md 1.9: each row breaks its own rule and every later one.
def test_of_two_reasons_the_earlier_row_is_given(alice: User) -> None:
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = make_key(alice, login_type="github", lifetime=timedelta(seconds=1))
        User.objects.filter(pk=alice.pk).update(status="suspended")
        clock.shift(2)
        key_id, _ = token.split("-")
        details = [
            document(get(Coder_Session_Token=sent)).get("detail", "")
            for sent in (f"{key_id}-{'b' * 22}", token)
        ]
        Key.objects.update(expires_at=datetime(2027, 1, 1, tzinfo=UTC))
        details.append(document(get(Coder_Session_Token=token))["detail"])
        Key.objects.update(login_type="password")
        message = document(get(Coder_Session_Token=token))["message"]
    assert details == [
        "API key secret is invalid.",
        'API key expired at "2026-01-01T00:00:01Z".',
        "You must re-authenticate with the login provider.",
    ]
    assert message.startswith("User is not active")


# accounts.md T232, T233, T236
@pytest.mark.parametrize(
    "value",
    [
        "", "Bearer", "Bearer ", "bearer", "Basic YTpi", "Bearer x", "bearer x", "Bearer  x",
        "Bearer x y", "Bearer a-b c-d", "garbage", "Bearer\tx", "Bearer \x00", "Bearer é",
        f"Token {GOOD_SHAPE}", f"Bearer {GOOD_SHAPE}", f"Bearer{GOOD_SHAPE}",
        "Bearer " + "x" * 8000, 'Digest username="x"', ",", "Bearer ,Bearer ",
    ],
)  # fmt: skip
def test_a_strange_authorization_is_401_with_a_challenge(db: None, value: str) -> None:
    answer = get(Authorization=value)
    assert (answer.status_code, document(answer)["message"]) == (401, SIGNED_OUT)
    challenged(answer)


@pytest.mark.parametrize(
    "token",
    [
        "é" * 10 + "-" + "b" * 22,
        "a" * 10 + "-" + "ÿ" * 22,
        "a" * 9 + "\x00-" + "b" * 22,
        "%s" * 5 + "-" + "b" * 22,
    ],
)
def test_a_token_of_strange_letters_is_unknown(db: None, token: str) -> None:
    assert len(token) == 33
    for answer in (
        get(Coder_Session_Token=token),
        get(f"/users/me?coder_session_token={quote(token)}"),
        get(f"/users/me?access_token={quote(token)}"),
    ):
        refused(answer, 401, SIGNED_OUT, detail="API key is invalid.")


def test_the_token_never_comes_back(alice: User) -> None:
    key_id, _ = make_key(alice).split("-")
    answer = get(Coder_Session_Token=f"{key_id}-{'s' * 22}")
    assert "s" * 22 not in answer.content.decode() + str(answer.headers)
