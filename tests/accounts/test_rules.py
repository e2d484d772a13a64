import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import email, new_username, user_real_name, username
from coderauth.http.rules import normalize_display_name, required

HEX32 = "0123456789abcdef0123456789ABCDEF"


def test_tags_are_the_words_of_the_wire() -> None:
    rules = (required, email, username, new_username, user_real_name)
    assert [rule.tag for rule in rules] == [
        "required",
        "email",
        "username",
        "username",
        "user_real_name",
    ]


@pytest.mark.parametrize(
    "text",
    ["1", "a", "A", "a1b2c3", "wow-test", "a-b-c-1", "New", "CREATE", "me", HEX32, "a" * 32],
)
def test_username_is_valid(text: str) -> None:
    assert username.accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        " a",
        "a ",
        "a a",
        "bananas_wow",
        "test--now",
        "-a",
        "a-",
        "-",
        "a.b",
        "new",
        "create",
        "ü",
        "٣",
        "a\n",
        "a\0",
        "a" * 33,
    ],
)
def test_username_is_invalid(text: str) -> None:
    assert not username.accepts(text)
    assert not new_username.accepts(text)


@pytest.mark.parametrize("text", ["me", "Me", "ME", HEX32, HEX32.lower()])
def test_new_username_that_could_never_be_addressed_is_refused(text: str) -> None:
    assert not new_username.accepts(text)


@pytest.mark.parametrize("text", ["mee", "m-e", "alice", HEX32[:-1], HEX32[:-1] + "g"])
def test_new_username_that_can_be_addressed_is_accepted(text: str) -> None:
    assert new_username.accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        "alice@example.test",
        "test+user-@coder.com",
        "a@b.c",
        "A.B!#$%&'*+-/=?^_`{|}~c@Sub-1.Example.COM",
        "ålice@exämple.test",
        "愛丽丝@例子.测试",
        '"much.more unusual"@example.com',
        r'"quo\"te@d\\"@example.com',
        "1@2.3.d4e",
        "x" * 242 + "@example.org",
    ],
)
def test_email_is_valid(text: str) -> None:
    assert email.accepts(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "@",
        "a@",
        "@example.com",
        "user@localhost",
        "prebuilds@system",
        "a@example.com.",
        "a@.example.com",
        "a@example..com",
        "a@-example.com",
        "a@example-.com",
        "a@example.c1",
        "a@example.1c",
        "a@example.12",
        "a@127.0.0.1",
        "a@[127.0.0.1]",
        "a@exam_ple.com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        "a b@example.com",
        "a@b@example.com",
        "a(comment)@example.com",
        "Alice <alice@example.com>",
        "<alice@example.com>",
        "alice@example.com, bob@example.com",
        ' "a"@example.com',
        '""@example.com',
        '"a"b"@example.com',
        '"a\\"@example.com',
        " alice@example.com",
        "alice@example.com ",
        "alice@example.com\n",
        "al\nice@example.com",
        '"al\nice"@example.com',
        "al\0ice@example.com",
        "alice@exam\0ple.com",
        "alice@exam\x7fple.com",
        "alice\u200b@example.com",
        "alice\ud800@example.com",
        "x" * 243 + "@example.org",
        "ü" * 122 + "@example.org",
    ],
)
def test_email_is_invalid(text: str) -> None:
    assert not email.accepts(text)


@pytest.mark.parametrize(
    "text",
    ["a" * 254, '"' + "a" * 253, "a." * 127, "a@" + "b" * 252, "a@" + "b-" * 126, '"' + "\\" * 253],
)
def test_email_that_nearly_matches_is_refused_quickly(text: str) -> None:
    started = time.process_time()
    assert not email.accepts(text)
    assert time.process_time() - started < 0.02


@pytest.mark.parametrize(
    "text", ["", "a", "Ada Lovelace", "李四", "a" * 128, "ü" * 64, "Мария", "O'Neill\tx"]
)
def test_real_name_is_valid(text: str) -> None:
    assert user_real_name.accepts(text)
    assert normalize_display_name(text) == text


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" ", ""),
        (" Ada", "Ada"),
        ("Ada ", "Ada"),
        ("\u3000Ada\u00a0\n", "Ada"),
        ("A\0da", "Ada"),
        ("a" * 129, "a" * 128),
        ("ü" * 65, "ü" * 64),
        ("a" + "ü" * 64, "a" + "ü" * 63),
        ("a" * 127 + " b", "a" * 127),
        (" " * 200 + "b", "b"),
        ("Ada\ud800", "Ada?"),
    ],
)
def test_real_name_is_invalid_until_normalized(text: str, normal: str) -> None:
    assert not user_real_name.accepts(text)
    assert normalize_display_name(text) == normal
    assert user_real_name.accepts(normal)


@given(st.text())
def test_normalizing_yields_a_valid_real_name_and_changes_only_invalid_ones(text: str) -> None:
    normal = normalize_display_name(text)
    assert user_real_name.accepts(normal)
    assert user_real_name.accepts(text) == (text == normal)
