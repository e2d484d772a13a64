"""Nothing in the tests waits for ever: a hang is a failure, not the end of the run."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.programs import run_python

# Methods that wait, and how many arguments they take that are no limit; or its name.
METHODS = {
    "wait": (0, {"timeout"}),
    "join": (0, {"timeout"}),
    "result": (0, {"timeout"}),
    "exception": (0, {"timeout"}),
    "acquire": (0, {"timeout", "blocking"}),
    "communicate": (1, {"timeout"}),
}
# The same of functions and classes.
FUNCTIONS = {
    "urlopen": (2, {"timeout"}),
    "create_connection": (1, {"timeout"}),
    "HTTPConnection": (2, {"timeout"}),
    "HTTPSConnection": (2, {"timeout"}),
    "Thread": (9, {"daemon"}),
}
PROCESSES = {"run", "call", "check_call", "check_output"}
# They wait for threads that hang when the block ends, and again when the interpreter does.
ENDLESS = {"ThreadPoolExecutor", "ProcessPoolExecutor"}


def name_of(function: ast.expr) -> tuple[str, str]:
    """Return what a called name belongs to, as far as it has a name, and the name itself."""
    if isinstance(function, ast.Attribute):
        return getattr(function.value, "id", "?"), function.attr
    return "", getattr(function, "id", "")


def is_endless(call: ast.Call) -> bool:
    owner, name = name_of(call.func)
    names = {keyword.arg for keyword in call.keywords}
    if owner == "subprocess" and name in PROCESSES:
        return "timeout" not in names
    if name == "waitpid":
        return "WNOHANG" not in ast.dump(call)
    waiting = {**FUNCTIONS, **(METHODS if owner else {})}
    if name not in waiting:
        return name in ENDLESS
    others, limits = waiting[name]
    return len(call.args) <= others and not limits & names


def is_polling(loop: ast.While) -> bool:
    """Say whether a loop looks again after a while, and has no deadline as `until` has."""
    if "monotonic" in ast.dump(loop.test):
        return False
    calls = [node for node in ast.walk(loop) if isinstance(node, ast.Call)]
    return any(name_of(call.func) in {("time", "sleep"), ("", "sleep")} for call in calls)


def waits_without_limit(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if (isinstance(node, ast.Call) and is_endless(node)) or (
            isinstance(node, ast.While) and is_polling(node)
        ):
            yield node.lineno


def test_nothing_waits_without_a_limit() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.name != "waiting.py"  # It has the deadline.
        for line in waits_without_limit(ast.parse(path.read_text()))
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("endless", "limited"),
    [
        ("event.wait()", "event.wait(5)"),
        ("thread.join()", "thread.join(5)"),
        ("thread.join()", "', '.join(words)"),
        ("future.result()", "future.result(timeout=5)"),
        ("lock.acquire()", "lock.acquire(blocking=False)"),
        ("process.communicate()", "process.communicate(timeout=5)"),
        ("process.communicate(b'')", "process.communicate(None, 5)"),
        ("subprocess.run(x, check=True)", "subprocess.run(x, check=True, timeout=5)"),
        ("subprocess.check_output(x)", "installation.run(x)"),
        ("urlopen(x)", "urlopen(x, timeout=5)"),
        ("socket.create_connection(x)", "socket.create_connection(x, 5)"),
        ("Thread(target=x)", "Thread(target=x, daemon=True)"),
        ("ThreadPoolExecutor(2)", "start(x)"),
        ("os.waitpid(x, 0)", "os.waitpid(x, os.WNOHANG)"),
        ("while x:\n time.sleep(1)", "while x:\n print(1)"),
        ("while x:\n time.sleep(1)", "while x and monotonic() < end:\n time.sleep(1)"),
    ],
)
def test_a_wait_without_a_limit_would_be_noticed(endless: str, limited: str) -> None:
    assert [*waits_without_limit(ast.parse(endless))] == [1]
    assert [*waits_without_limit(ast.parse(limited))] == []


HANGING = """
import subprocess, threading
from coderauth.gates import Gate
from tests.threads import start

def test_a_gate_that_lets_nobody_through():
    gate = Gate("busy", running=1, waiting=1)
    with gate.turn(), gate.turn():
        pass

def test_a_thread_that_never_ends():
    start(threading.Event().wait).result()

def test_a_process_that_never_ends():
    subprocess.run(["sleep", "600"])

def test_what_comes_after_them():
    pass
"""


@pytest.mark.long
def test_what_hangs_fails_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING)
    own = ("-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-p", "no:cacheprovider")

    done = run_python("-m", "pytest", *own, "-o", "timeout=1", tmp_path)

    assert "3 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert len(re.findall(r"^E +Failed: Timeout", done.stdout, re.MULTILINE)) == 3


def test_every_test_has_a_limit(pytestconfig: pytest.Config) -> None:
    assert 0 < float(pytestconfig.getini("timeout")) <= 120
    assert pytestconfig.getini("timeout_method") == "signal"
    assert not pytestconfig.getini("timeout_func_only")
