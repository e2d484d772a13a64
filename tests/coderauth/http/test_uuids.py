from uuid import UUID

import pytest

from coderauth.http.uuids import parse_uuid, uuid_error

PLAIN = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
HEX32 = PLAIN.replace("-", "")


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.upper(),
        HEX32,
        HEX32.upper(),
        f"{{{PLAIN}}}",
        f"urn:uuid:{PLAIN}",
        f"URN:Uuid:{PLAIN}",
    ],
)
def test_each_of_the_four_forms_is_read(text: str) -> None:
    assert parse_uuid(text) == UUID(PLAIN)
    assert uuid_error(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "g" + PLAIN[1:],
        PLAIN[:-1] + "\n",
        "6ba7b8109-dad-11d1-80b4-00c04fd430c8",
        "6ba7b810-9dad-11d1-80b400c04fd4-30c8",
        HEX32[:-1] + "-",
        HEX32[:-1] + "٣",
        f"({PLAIN})",
        f"{{{PLAIN})",
        f"urn:guid:{PLAIN}",
        f"urn:uuid-{PLAIN}",
    ],
)
def test_right_length_with_a_wrong_form_is_refused(text: str) -> None:
    assert parse_uuid(text) is None
    assert uuid_error(text).startswith("invalid UUID")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("x", 1),
        ("", 0),
        ("é", 2),
        (PLAIN + " ", 37),
        (f"{{{HEX32}}}", 34),
        (f"urn:uuid:{HEX32}", 41),
        (f"urn:uuid:{{{PLAIN}}}", 47),
        ("\ud800", 3),
    ],
)
def test_other_lengths_are_refused_and_counted_in_bytes(text: str, length: int) -> None:
    assert parse_uuid(text) is None
    assert uuid_error(text) == f"invalid UUID length: {length}"


def test_wrong_form_is_named() -> None:
    assert uuid_error("g" + PLAIN[1:]) == "invalid UUID format"
