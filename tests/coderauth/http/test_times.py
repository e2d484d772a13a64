from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderauth.http.times import NEVER, format_time, parse_time


def test_never_is_the_zero_time() -> None:
    assert format_time(None) == NEVER == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("microsecond", "text"),
    [
        (0, "2025-09-01T12:30:00Z"),
        (1, "2025-09-01T12:30:00.000001Z"),
        (120_000, "2025-09-01T12:30:00.12Z"),
        (123_456, "2025-09-01T12:30:00.123456Z"),
    ],
)
def test_time_has_no_trailing_zeros(microsecond: int, text: str) -> None:
    assert format_time(datetime(2025, 9, 1, 12, 30, 0, microsecond, tzinfo=UTC)) == text


@pytest.mark.parametrize("zone", [timezone(timedelta(hours=2)), ZoneInfo("Europe/Berlin")])
def test_other_zones_are_sent_as_utc(zone: timezone | ZoneInfo) -> None:
    assert format_time(datetime(2025, 9, 1, 14, tzinfo=zone)) == "2025-09-01T12:00:00Z"


def test_time_without_a_zone_is_never_sent() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        format_time(datetime(2025, 9, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-09-01T12:00:00Z", datetime(2025, 9, 1, 12, tzinfo=UTC)),
        ("2025-09-01T12:00:00.5Z", datetime(2025, 9, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2025-09-01T14:00:00+02:00", datetime(2025, 9, 1, 12, tzinfo=UTC)),
        ("2025-09-01T00:00:00-23:59", datetime(2025, 9, 1, 23, 59, tzinfo=UTC)),
        ("2025-09-01T12:00:00.123456789Z", datetime(2025, 9, 1, 12, 0, 0, 123_456, tzinfo=UTC)),
        (NEVER, datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_rfc3339_is_read(text: str, time: datetime) -> None:
    assert parse_time(text) == time
    assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2025-09-01",
        "2025-09-01T12:00:00",
        "2025-09-01 12:00:00Z",
        "2025-09-01t12:00:00z",
        "2025-09-01T12:00Z",
        "20250901T120000Z",
        "2025-09-01T12:00:00.Z",
        "2025-09-01T12:00:00,5Z",
        "2025-09-01T12:00:00+0200",
        "2025-09-01T12:00:00+24:00",
        "2025-09-01T12:00:00+02:60",
        "2025-13-01T12:00:00Z",
        "2025-02-30T12:00:00Z",
        "2025-09-01T24:00:00Z",
        "2025-09-01T12:00:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "2025-09-01T12:00:00Z\n",
        "٢٠٢٥-09-01T12:00:00Z",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a time"):
        parse_time(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_sent_can_be_read_back(time: datetime) -> None:
    assert parse_time(format_time(time)) == time
