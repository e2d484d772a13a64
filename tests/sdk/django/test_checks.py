"""A view that declares nothing is refused: at the start, and when it runs."""

import sys
from collections.abc import Iterator

import pytest
from coderauth_django.checks import check_configuration, check_views
from coderauth_sdk import Client
from pytest_django import Settings

from tests.places import PACKAGES
from tests.programs import run_program
from tests.sdk.clients import Service
from tests.sdk.django.running import Small, small_service

WRONG = "tests.sdk.django.undeclared"
PROBLEMS = [
    "Forgotten at /forgotten does not declare what GET needs",
    "HalfForgotten at /half does not declare what POST needs",
    "HalfSet at /set does not declare what POST needs",
    "Empty at /deeper/empty does not declare what GET needs",
    "Misspelled at /misspelled needs 'workspace:raed', which is no scope for one action",
    "TooWide at /wide needs 'workspace:*', which is no scope for one action",
    "Misnamed has the object_kwarg 'id', which is in none of its addresses",
    "Own at /own does not declare what GET needs",
]

UNDECLARED = [("forgotten", "GET"), ("half", "POST"), ("set", "POST"), ("deeper/empty", "GET")]


def started(urls: str, *changes: str) -> tuple[int, str]:
    """Return how `check` ends for a project, and what it says."""
    program = f"""
from django.conf import settings
from django.core.management import execute_from_command_line
settings.ROOT_URLCONF = {urls!r}
{"".join(changes)}
execute_from_command_line(["manage.py", "check"])
"""
    done = run_program(
        sys.executable, "-c", program, DJANGO_SETTINGS_MODULE="tests.sdk.django.project"
    )
    return done.returncode, done.stderr


def test_a_project_whose_views_declare_what_they_need_starts() -> None:
    assert started("tests.sdk.django.views") == (0, "")


def test_a_project_with_views_that_declare_nothing_does_not_start() -> None:
    status, said = started(WRONG)
    assert status == 1
    found = [line for line in said.splitlines() if "(coderauth.E" in line]
    assert len(found) == len(PROBLEMS), said
    assert [problem for problem in PROBLEMS if problem not in said] == []


def test_views_need_our_permission_where_there_is_no_default() -> None:
    change = "settings.REST_FRAMEWORK.pop('DEFAULT_PERMISSION_CLASSES')"
    status, said = started("tests.sdk.django.views", change)
    assert status == 1
    assert "Workspaces at /workspaces takes keys and declares nothing" in said
    assert "Me at /me" not in said  # It has permission_classes of its own.


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TOKEN": "x"}, "Where is the server?"),
        ({"URL": "nowhere", "TOKEN": "x"}, "must be an address"),
        ({"URL": "https://auth.example.org"}, "has no TOKEN"),
        ({"URL": "https://auth.example.org", "TOKEN": "x", "CACHE": 1}, "has no CACHE"),
        ({"URL": "https://auth.example.org", "TOKEN": "x", "CACHE_SECONDS": 61}, "from 0 to 60"),
        ({"URL": "https://auth.example.org", "TOKEN": "x", "CACHE_SECONDS": -1}, "from 0 to 60"),
        ({"URL": "https://auth.example.org", "TOKEN": "x", "TIMEOUT": 0}, "more than 0"),
    ],
)
def test_a_wrong_configuration_is_refused(
    settings: Settings, given: dict[str, object], said: str
) -> None:
    settings.CODERAUTH = given
    [error] = check_configuration(None)
    assert error.id == "coderauth.E001"
    assert said in error.msg
    settings.CODERAUTH = {"URL": "https://auth.example.org", "TOKEN": "x"}
    assert check_configuration(None) == []


def test_a_project_without_addresses_has_nothing_to_check(settings: Settings) -> None:
    settings.ROOT_URLCONF = None
    assert check_views(None) == []


@pytest.fixture(scope="module")
def unchecked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """The service with the views that the checks refuse, on a server that runs no checks."""
    folder = tmp_path_factory.mktemp("unchecked")
    (folder / "unchecked.py").write_text(
        f"from tests.sdk.django.project import *\nROOT_URLCONF = {WRONG!r}\n"
    )
    with small_service(folder, "unchecked") as small:
        yield small


def test_a_view_that_declares_nothing_is_refused_when_it_runs(
    unchecked: Small, service: Service, own_key: str, owner: Client
) -> None:
    unchecked.configure(URL=service.url, TOKEN=own_key, CACHE_SECONDS=0, TIMEOUT=30)
    for path, method in UNDECLARED:
        answer = unchecked.ask(f"/{path}", owner.token, method=method)
        assert answer.status_code == 403
        assert answer.json()["detail"] == "This view does not declare what it needs."
    assert "Forgotten does not declare what GET needs" in unchecked.log
    assert unchecked.ask("/misspelled", owner.token).status_code == 403
    assert unchecked.ask("/half", owner.token).status_code == 200


def test_the_package_needs_nothing_of_the_server() -> None:
    program = "import sys, coderauth_django.checks; print(*sys.modules)"
    done = run_program(
        sys.executable, "-c", program, DJANGO_SETTINGS_MODULE="tests.sdk.django.project"
    )
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "coderauth_sdk" in loaded
    assert loaded & {*PACKAGES} == set()
