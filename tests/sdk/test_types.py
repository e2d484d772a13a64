"""What a type checker makes of programs that use the client."""

import os

import pytest

from tests.programs import run_python

HEAD = "from coderauth_sdk import AsyncClient, Client, Permission, Scope\nclient = Client('http://a')\n"


RIGHT = [
    "client.tokens.create(name='ci', scopes=[Scope.WORKSPACE_READ])",
    "name: str = client.users.get().username",
    "names: list[str] = [user.username for user in client.users.iterate()]",
    (
        "async def f(c: AsyncClient) -> list[str]:\n"
        "    await c.tokens.create(name='ci', scopes=(Scope.WORKSPACE_READ,))\n"
        "    return [user.username async for user in c.users.iterate()]"
    ),
    "with client.sign_in('a', 'b') as c:\n    c.organizations.groups.get('x').members[0].id",
]
WRONG = [
    ("client.tokens.create(name='ci', scopes=['workspace:read'])", "list-item"),
    ("client.tokens.create(name='ci', scopes=Scope.WORKSPACE_READ)", "arg-type"),
    ("client.tokens.create(name='ci', scopes=[Scope.WORKSPACE_FLY])", "attr-defined"),
    ("client.tokens.create(name='ci')", "call-arg"),
    ("name: int = client.users.get().username", "assignment"),
    ("client.users.get().nickname", "attr-defined"),
    ("async def f(c: AsyncClient) -> str:\n    return c.users.get().username", "attr-defined"),
]


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return what `mypy --strict` says of each program, all looked at in one go."""
    folder = tmp_path_factory.mktemp("programs")
    programs = {f"program_{number}.py": code for number, code in enumerate([*RIGHT, *dict(WRONG)])}
    for name, code in programs.items():
        (folder / name).write_text(HEAD + code + "\n")
    options = ["--strict", "--config-file", os.devnull, "--cache-dir", str(folder / "cache")]
    done = run_python("-m", "mypy", *options, *(folder / name for name in programs))
    assert f"(checked {len(programs)} source files)" in done.stdout, done.stderr
    return {
        code: [line for line in done.stdout.splitlines() if f"{name}:" in line]
        for name, code in programs.items()
    }


@pytest.mark.parametrize("code", RIGHT)
def test_right_programs_pass_mypy(complaints: dict[str, list[str]], code: str) -> None:
    assert complaints[code] == []


@pytest.mark.parametrize(("code", "complaint"), WRONG)
def test_wrong_programs_do_not_pass_mypy(
    complaints: dict[str, list[str]], code: str, complaint: str
) -> None:
    assert any(f"[{complaint}]" in line for line in complaints[code])
