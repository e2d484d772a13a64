"""Our own static files: addresses with a hash of the content, compressed, kept for ever."""

import gzip
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse

_HASH_LENGTH = 12
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Packed:
    """A file as it is sent: as it is, and compressed."""

    content: bytes
    compressed: bytes
    content_type: str

    def answer(self, request: HttpRequest) -> HttpResponse:
        is_compressed = "gzip" in request.headers.get("Accept-Encoding", "")
        body = self.compressed if is_compressed else self.content
        response = HttpResponse(body, content_type=self.content_type)
        response.headers["Cache-Control"] = _FOR_EVER
        response.headers["Vary"] = "Accept-Encoding"
        if is_compressed:
            response.headers["Content-Encoding"] = "gzip"
        return response


class HashedStorage(StaticFilesStorage):
    """Names each file by its content, so that browsers keep it until it changes."""

    def url(self, name: str | None, force: bool = False) -> str:
        plain = "" if name is None else name + ""  # Templates pass a subclass of `str`.
        return f"{settings.STATIC_URL}{hashed_name(plain)}"


@lru_cache(maxsize=256)
def hashed_name(name: str) -> str:
    """Return a name with the hash of its file before the suffix; as it is if there is none."""
    path = _path(name)
    if path is None:
        return name
    digest = sha256(path.read_bytes()).hexdigest()[:_HASH_LENGTH]
    pure = PurePosixPath(name)
    return str(pure.with_name(f"{pure.stem}.{digest}{pure.suffix}"))


def packed_file(path: str) -> Packed | None:
    """Return the file of an address that `HashedStorage` gave; None for any other."""
    name = path.removeprefix(settings.STATIC_URL)
    stem, _, rest = name.rpartition("/")
    parts = rest.split(".")
    if name == path or len(parts) < 3 or len(parts[-2]) != _HASH_LENGTH:
        return None
    plain = ".".join([*parts[:-2], parts[-1]])
    plain = f"{stem}/{plain}" if stem else plain
    return _packed(plain) if hashed_name(plain) == name else None


# Only what pages ask for is ever hashed; others fall out.
@lru_cache(maxsize=32)
def _packed(name: str) -> Packed | None:
    path = _path(name)
    if path is None:
        return None
    content = path.read_bytes()
    kind = guess_type(name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return Packed(content, gzip.compress(content, 9, mtime=0), kind + charset)


def _path(name: str) -> Path | None:
    found = finders.find(name) if name and "\x00" not in name else None
    return Path(str(found)) if found else None
