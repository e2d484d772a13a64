"""Static files: named by their content, compressed, kept for ever; pages with secrets are not."""

import gzip
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coderauth.http.static_files import hashed_name
from tests.pages import visitor

# Bytes on the wire: of the first page that somebody opens with all that it needs, and of the next.
FIRST, NEXT = 61_440, 15_360
GZIP = {"Accept-Encoding": "gzip"}
SOURCES = re.compile(r'(?:src|href)="(/static/[^"]+)"')


def get(client: Any, path: str) -> Any:
    answer = client.get(path, headers=GZIP)
    assert answer.status_code == 200, path
    return answer


def size(answer: Any) -> int:
    return len(answer.content)


def text(answer: Any) -> str:
    body: bytes = answer.content
    return (gzip.decompress(body) if "Content-Encoding" in answer else body).decode()


def test_a_file_is_named_by_its_content_and_kept_for_ever() -> None:
    path = f"/static/{hashed_name('coderauth.css')}"
    answer = get(Client(), path)

    assert re.fullmatch(r"/static/coderauth\.[0-9a-f]{12}\.css", path)
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["Content-Encoding"] == "gzip"
    assert "--accent" in text(answer)
    assert "--accent" in Client().get(path).content.decode()


@pytest.mark.parametrize(
    "path",
    ["/static/coderauth.000000000000.css", "/static/nothing.000000000000.css", "/static/x",
     "/static/../manage.py", "/static/a.b", "/static/%00.000000000000.css"],
)  # fmt: skip
def test_other_names_are_not_found(path: str) -> None:
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("path", ["/keys/new", "/admin/scopes", "/admin/settings", "/admin/"])
def test_pages_are_light(owner: User, path: str) -> None:
    client = visitor(owner)
    page = get(client, path)
    files = {source: size(get(client, source)) for source in SOURCES.findall(text(page))}

    assert len(files) >= 2
    assert size(page) + sum(files.values()) < FIRST
    assert size(page) < NEXT


def test_pages_that_show_a_secret_are_not_compressed(alice: User) -> None:
    client = visitor(alice)

    assert "Content-Encoding" in get(client, "/keys")
    assert "Content-Encoding" not in client.post("/cli-auth", headers=GZIP)
    assert "Content-Encoding" not in get(client, "/reset-password?otp=x&email=a@b.example")
