import pytest

from scopes.engine.allow_list import AllowListError, covers, normalize, parse
from scopes.engine.decision import AllowEntry

ONE = "0b0f5c0a-4a3e-4f0e-8a53-0f4d3a5f0001"
TWO = "0b0f5c0a-4a3e-4f0e-8a53-0f4d3a5f0002"


@pytest.mark.parametrize(
    "text", ["*:*", "workspace:*", f"template:{ONE}", f"*:{ONE}", f"user:{TWO}"]
)
def test_entry_is_a_type_and_an_id(text: str) -> None:
    assert ":".join(parse(text)) == text


def test_uuid_is_read_in_lower_case() -> None:
    assert parse(f"workspace:{ONE.upper()}") == ("workspace", ONE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("workspace", 'invalid allow_list entry "workspace": want <type>:<id>'),
        ("workspace:", 'invalid allow_list entry "workspace:": want <type>:<id>'),
        (":*", 'invalid allow_list entry ":*": want <type>:<id>'),
        (":", 'invalid allow_list entry ":": want <type>:<id>'),
        ("", 'invalid allow_list entry "": want <type>:<id>'),
        ("x", 'invalid allow_list entry "x": want <type>:<id>'),
        ("nope:*", 'unknown resource type "nope"'),
        ("nope:notauuid", 'unknown resource type "nope"'),
        ("workspace:notauuid", 'invalid workspace ID (must be UUID): "notauuid"'),
        ("workspace:*:x", 'invalid workspace ID (must be UUID): "*:x"'),
        (f"workspace:{ONE}\n", f'invalid workspace ID (must be UUID): "{ONE}\\n"'),
    ],
)
def test_malformed_entry_is_refused(text: str, message: str) -> None:
    with pytest.raises(AllowListError) as refusal:
        parse(text)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("entries", "normal"),
    [
        ([], []),
        ([("workspace", ONE), ("*", "*"), ("template", "*")], [("*", "*")]),
        ([("workspace", ONE), ("template", "*"), ("workspace", "*")],
         [("template", "*"), ("workspace", "*")]),
        ([("workspace", "*")], [("workspace", "*")]),
        ([("workspace", TWO), ("workspace", ONE), ("workspace", TWO)],
         [("workspace", ONE), ("workspace", TWO)]),
        ([("*", ONE), ("workspace", ONE)], [("*", ONE), ("workspace", ONE)]),
    ],
    ids=["empty", "everything wins", "typed wildcard swallows", "alone", "duplicates", "any type"],
)  # fmt: skip
def test_normal_form(entries: list[AllowEntry], normal: list[AllowEntry]) -> None:
    assert list(normalize(entries)) == normal


def test_one_hundred_and_twenty_nine_entries_are_refused() -> None:
    with pytest.raises(AllowListError, match=r"^allow_list has 129 entries; max allowed is 128$"):
        normalize([("workspace", ONE)] * 129)


def test_one_hundred_and_twenty_eight_entries_are_accepted() -> None:
    entries = [("workspace", f"{number:032}") for number in range(128)]
    assert len(normalize(entries)) == 128


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ([("*", "*")], [("*", "*"), ("workspace", ONE)]),
        ([("workspace", "*")], [("workspace", "*"), ("workspace", ONE)]),
        ([("*", ONE)], [("workspace", ONE), ("*", ONE)]),
        ([("workspace", ONE)], []),
        ([], []),
    ],
)
def test_narrower_list_is_covered(held: list[AllowEntry], wanted: list[AllowEntry]) -> None:
    assert covers(held, wanted)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ([("workspace", "*")], [("*", "*")]),
        ([("workspace", ONE)], [("workspace", "*")]),
        ([("workspace", ONE)], [("workspace", ONE), ("workspace", TWO)]),
        ([("workspace", "*")], [("*", ONE)]),
        ([], [("workspace", ONE)]),
    ],
)
def test_wider_list_is_not_covered(held: list[AllowEntry], wanted: list[AllowEntry]) -> None:
    assert not covers(held, wanted)
