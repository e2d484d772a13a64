"""What a type checker makes of programs that use the client."""

import os
from pathlib import Path

import pytest

from tests.sdk.processes import run_python

HEAD = "from coderauth_sdk import AsyncClient, Client, Permission, Scope\nclient = Client('http://a')\n"


def type_check(tmp_path: Path, code: str) -> str:
    """Return what `mypy --strict` says of a program that uses the client."""
    program = tmp_path / "program.py"
    program.write_text(HEAD + code + "\n")
    cache = tmp_path.parent / "mypy-cache"
    options = ["--strict", "--config-file", os.devnull, "--cache-dir", str(cache)]
    return run_python("-m", "mypy", *options, program).stdout


@pytest.mark.parametrize(
    "code",
    [
        "client.tokens.create(name='ci', scopes=[Scope.WORKSPACE_READ])",
        "name: str = client.users.get().username",
        "names: list[str] = [user.username for user in client.users.iterate()]",
        (
            "async def f(c: AsyncClient) -> list[str]:\n"
            "    await c.tokens.create(name='ci', scopes=(Scope.WORKSPACE_READ,))\n"
            "    return [user.username async for user in c.users.iterate()]"
        ),
        "with client.sign_in('a', 'b') as c:\n    c.organizations.groups.get('x').members[0].id",
    ],
)
def test_right_programs_pass_mypy(tmp_path: Path, code: str) -> None:
    assert type_check(tmp_path, code).startswith("Success")


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("client.tokens.create(name='ci', scopes=['workspace:read'])", "list-item"),
        ("client.tokens.create(name='ci', scopes=Scope.WORKSPACE_READ)", "arg-type"),
        ("client.tokens.create(name='ci', scopes=[Scope.WORKSPACE_FLY])", "attr-defined"),
        ("client.tokens.create(name='ci')", "call-arg"),
        ("name: int = client.users.get().username", "assignment"),
        ("client.users.get().nickname", "attr-defined"),
        ("async def f(c: AsyncClient) -> str:\n    return c.users.get().username", "attr-defined"),
    ],
)
def test_wrong_programs_do_not_pass_mypy(tmp_path: Path, code: str, complaint: str) -> None:
    assert f"[{complaint}]" in type_check(tmp_path, code)
