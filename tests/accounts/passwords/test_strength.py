import time
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.passwords.strength import (
    SEQUENCES,
    TOO_LONG,
    character_base,
    check_strength,
    effective_length,
    entropy_bits,
    shrink_repetitions,
)

SPECIAL = "including more special characters"
LOWER = "using lowercase letters"
UPPER = "using uppercase letters"
NUMBERS = "using numbers"


def insecure(*hints: str) -> str:
    advice = f"{', '.join(hints)} or using" if hints else "using"
    return f"insecure password, try {advice} a longer password"


LIKE_PASS = insecure(SPECIAL, UPPER, NUMBERS)

VECTORS = [
    ("pass", 26, 4, 18.80, LIKE_PASS),
    ("password", 26, 8, 37.60, LIKE_PASS),
    ("notstrong", 26, 9, 42.30, LIKE_PASS),
    ("newpassword", 26, 11, 51.70, LIKE_PASS),
    ("zqmxwvnkprtb", 26, 12, 56.41, ""),
    ("correcthorse", 26, 12, 56.41, ""),
    ("hunter2", 36, 7, 36.19, insecure(SPECIAL, UPPER)),
    ("abcdefghijkl", 26, 4, 18.80, LIKE_PASS),
    ("qwertyuiopasdf", 26, 4, 18.80, LIKE_PASS),
    ("ABCDEFGH12345678", 36, 10, 51.70, insecure(SPECIAL, LOWER)),
    ("A1b2C3d4", 62, 8, 47.63, insecure(SPECIAL)),
    ("A1b2C3d4E5", 62, 10, 59.54, ""),
    ("!Zq7-#x", 94, 7, 45.88, insecure()),
    ("!Zq7-#xw", 94, 8, 52.44, ""),
    ("PasswordSecured123!", 67, 18, 109.19, ""),
    ("SomeSecurePassword!", 57, 19, 110.82, ""),
    ("MySecurePassword!", 57, 17, 99.16, ""),
    ("a" * 65, 26, 2, 9.40, LIKE_PASS),
    ("xK9!" * 16, 67, 64, 388.23, ""),
    ("xK9!" * 17, 67, 68, 412.49, TOO_LONG),
    ("日本語パスワード", 8, 24, 72.00, ""),
]


@pytest.mark.parametrize(("password", "base", "length", "bits", "text"), VECTORS)
def test_known_password_gets_its_known_judgement(
    password: str, base: int, length: int, bits: float, text: str
) -> None:
    assert character_base(password) == base
    assert effective_length(password) == length
    # The reference table holds two decimals, some of them cut instead of rounded.
    assert entropy_bits(password) == pytest.approx(bits, abs=0.01)
    assert check_strength(password) == text


@pytest.mark.parametrize(
    ("password", "length"),
    [
        ("aaaa", 2),
        ("11112222", 4),
        ("aa123456", 4),
        ("876543", 2),
        ("qwerty123456z", 5),
        ("a!cqwertya!c", 8),
        ("", 0),
    ],
)
def test_predictable_runs_count_as_two_characters(password: str, length: int) -> None:
    assert effective_length(password) == length


def test_repetitions_shrink_to_two() -> None:
    assert shrink_repetitions("bbbbbbbaaaaaaaaa") == "bbaa"


@pytest.mark.parametrize(("password", "base"), [("^_", 27), ("123ü", 11), ("``", 1), ("", 0)])
def test_base_adds_up_the_classes_and_each_character_outside_them(password: str, base: int) -> None:
    assert character_base(password) == base


def test_empty_password_has_no_bits_and_every_hint() -> None:
    assert entropy_bits("") == 0
    assert check_strength("") == insecure(SPECIAL, LOWER, UPPER, NUMBERS)


def test_64_bytes_are_accepted_and_65_are_not() -> None:
    assert check_strength("xK9!" * 16) == ""
    assert check_strength("xK9!" * 16 + "x") == TOO_LONG


def test_length_is_counted_in_characters() -> None:
    assert check_strength("ü!9K" * 16) == ""
    assert check_strength("ü!9K" * 16 + "x") == TOO_LONG


def test_repetitive_password_is_insecure_up_to_1024_bytes_and_too_long_beyond() -> None:
    assert check_strength("a" * 1024) == LIKE_PASS
    assert check_strength("a" * 1025) == TOO_LONG


@pytest.mark.parametrize("pattern", ["a", "0123456789", "9z", "qw", "ab1", "zyxwv", "日"])
def test_longest_examined_password_is_judged_quickly(pattern: str) -> None:
    password = (pattern * 1024).encode()[:1024].decode("utf-8", "ignore")
    started = time.process_time()
    check_strength(password)
    assert time.process_time() - started < 0.02


def as_described(text: str, sequence: str) -> str:
    """Shrink runs word for word as accounts.md 3.2 says it, in quadratic time."""
    kept = list(text)
    place, matches = 0, 0
    while place < len(kept):
        for expected in sequence:
            if place >= len(kept):
                break
            if kept[place] != expected:
                matches = 0
                continue
            matches += 1
            if matches > 2:
                del kept[place]
            else:
                place += 1
        place += 1
    return "".join(kept)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["0123456789", "abcdef", "qwerty", "987", "yz", "op", "9", "z", "_"])),
    st.text(alphabet="019abyzqwpo_", max_size=40),
)
def test_shrinking_equals_the_description(parts: list[str], noise: str) -> None:
    for text in ("".join(parts), noise, "".join(parts) + noise, noise.join(parts)):
        described = reduce(as_described, SEQUENCES, shrink_repetitions(text))
        assert effective_length(text) == len(described)
