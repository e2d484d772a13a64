"""A test is found where what it tests is: `tests/` has the folders of the source."""

from pathlib import Path

from tests.places import PACKAGES, ROOT

TESTS = ROOT / "tests"
# What is no room of the source, and why.
OF_THEIR_OWN = {
    "browser": "what people see, whichever room's page it is",
    "cli": "what the command-line client of another project does",
    "data": "recorded answers and decisions",
    "invariants": "what holds for the whole house",
    "oidc_provider": "a program that tests run",
    "openapi_lint": "a program that tests run",
    "replay": "recorded conversations, had again",
    "scale": "what several servers do together, under load and in trouble",
}


def folders() -> list[Path]:
    """Return the folders of tests and of what they run, without what tools leave behind."""
    hidden = {"__pycache__", "node_modules"}
    found = [folder.relative_to(TESTS) for folder in TESTS.rglob("*") if folder.is_dir()]
    return sorted(folder for folder in found if not hidden & {*folder.parts})


def test_every_folder_of_tests_is_one_of_the_source() -> None:
    strangers = [
        str(folder)
        for folder in folders()
        if not (ROOT / folder).is_dir() and folder.parts[0] not in OF_THEIR_OWN
    ]

    assert strangers == []


def test_every_exception_is_needed() -> None:
    unneeded = [name for name in OF_THEIR_OWN if (ROOT / name).is_dir()]
    gone = [name for name in OF_THEIR_OWN if not (TESTS / name).is_dir()]

    assert (unneeded, gone) == ([], [])


def test_every_room_has_tests() -> None:
    assert {folder.parts[0] for folder in folders()} >= {*PACKAGES, "sdk"}


def test_a_module_of_tests_is_in_a_room() -> None:
    assert {file.name for file in TESTS.glob("test_*.py")} == {"test_docs.py", "test_readme.py"}
