from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderauth.durations import format_duration, parse_duration, to_nanoseconds

HOUR = 3_600_000_000_000


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0", timedelta(0)),
        ("-0", timedelta(0)),
        ("0s", timedelta(0)),
        ("168h", timedelta(days=7)),
        ("876600h", timedelta(hours=876_600)),
        ("1h30m", timedelta(minutes=90)),
        ("30d", timedelta(days=30)),
        ("1d12h30m", timedelta(days=1, hours=12, minutes=30)),
        ("1.5d", timedelta(hours=36)),
        ("2w", timedelta(days=14)),
        ("1y", timedelta(days=365)),
        ("1y2w3d", timedelta(days=382)),
        ("1.5h", timedelta(minutes=90)),
        ("-1.5h", timedelta(minutes=-90)),
        ("+20m", timedelta(minutes=20)),
        (".5s", timedelta(milliseconds=500)),
        ("1.s", timedelta(seconds=1)),
        ("300ms", timedelta(milliseconds=300)),
        ("10us", timedelta(microseconds=10)),
        ("10\u00b5s", timedelta(microseconds=10)),
        ("10\u03bcs", timedelta(microseconds=10)),
        ("1500ns", timedelta(microseconds=1)),
        ("-1500ns", timedelta(microseconds=-1)),
        ("1m1h1m", timedelta(minutes=62)),
        ("2562047h47m16.854775807s", timedelta(microseconds=9_223_372_036_854_775)),
    ],
)
def test_go_duration_is_read(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "+",
        "1",
        "1.5",
        "00",
        "h",
        ".h",
        "1D",
        "1mo",
        "300y",
        "1H",
        "1h 30m",
        " 1h",
        "1h\n",
        "--1h",
        "1h-30m",
        "1,5h",
        "1e3s",
        "٣h",
        "3000000h",
        "2562047h47m16.854775808s",
        "9" * 5_000 + "h",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|unit"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1\u00b5s"),
        (1_000_000, "1ms"),
        (2_200_000, "2.2ms"),
        (999_999_999, "999.999999ms"),
        (1_000_000_000, "1s"),
        (1_500_000_000, "1.5s"),
        (60_000_000_000, "1m0s"),
        (90_000_000_001, "1m30.000000001s"),
        (HOUR, "1h0m0s"),
        (168 * HOUR, "168h0m0s"),
        (876_600 * HOUR, "876600h0m0s"),
        (-90_000_000_000, "-1m30s"),
        (2**63 - 1, "2562047h47m16.854775807s"),
        (-(2**63), "-2562047h47m16.854775808s"),
    ],
)
def test_duration_is_written_as_go_does(nanoseconds: int, text: str) -> None:
    assert format_duration(nanoseconds) == text


def test_longest_token_lifetime_is_exact_in_nanoseconds() -> None:
    assert to_nanoseconds(parse_duration("876600h")) == 876_600 * HOUR == 3_155_760_000_000_000_000


@given(st.integers(min_value=-(2**63 // 1_000), max_value=2**63 // 1_000))
def test_what_is_written_can_be_read_back(microseconds: int) -> None:
    text = format_duration(microseconds * 1_000)
    assert to_nanoseconds(parse_duration(text)) == microseconds * 1_000
