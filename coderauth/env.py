"""Strict readers of environment variables: a wrong value stops the start and names the variable."""

import contextlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypedDict, Unpack
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from coderauth.durations import parse_duration

PREFIX = "CODERAUTH_"
TRUE = frozenset({"1", "t", "true", "yes", "on"})
FALSE = frozenset({"0", "f", "false", "no", "off"})

DEFAULT_PORTS = {"http": 80, "https": 443}

Network = IPv4Network | IPv6Network


class Told(TypedDict, total=False):
    """What a read tells the docs: what the variable does, and its default in words."""

    meaning: str
    shown: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as docs/settings.md lists it."""

    name: str
    default: str
    meaning: str


class Environment:
    """The `CODERAUTH_…` variables; every read is remembered, so that the docs can list them all."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = os.environ if values is None else values
        self.known: dict[str, Variable] = {}

    def text(self, name: str, default: str = "", **told: Unpack[Told]) -> str:
        """Return the value, or the content of the file that `…_FILE` names (container secrets)."""
        shown = told.get("shown", default)
        self.known.setdefault(name, Variable(PREFIX + name, shown, told.get("meaning", "")))
        value = self._values.get(PREFIX + name, "").strip()
        file = self._values.get(f"{PREFIX}{name}_FILE", "").strip()
        if value and file:
            raise self.wrong(name, "is set together with its _FILE form; keep only one of them")
        if file:
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise self.wrong(name + "_FILE", f"cannot be read: {error}") from error
        return value or default

    def flag(self, name: str, default: bool, **told: Unpack[Told]) -> bool:
        value = self.text(name, "true" if default else "false", **told).lower()
        if value in TRUE | FALSE:
            return value in TRUE
        raise self.wrong(name, f"must be true or false, not {value!r}")

    def integer(
        self, name: str, default: int, *, minimum: int, maximum: int, **told: Unpack[Told]
    ) -> int:
        value = self.text(name, str(default), **told)
        try:
            number = int(value)
        except ValueError as error:
            raise self.wrong(name, f"must be a whole number, not {value!r}") from error
        if not minimum <= number <= maximum:
            raise self.wrong(name, f"must be from {minimum} to {maximum}, not {number}")
        return number

    def retention(self, name: str, default: str, **told: Unpack[Told]) -> timedelta:
        """Read a Go duration for which something is kept; `0` means for ever."""
        if self.text(name, default, **told) == "0":
            return timedelta(0)
        return self.duration(name, default, **told)

    def duration(self, name: str, default: str, **told: Unpack[Told]) -> timedelta:
        """Read a Go duration such as `24h` or `1h30m`; it must be longer than zero."""
        value = self.text(name, default, **told)
        try:
            duration = parse_duration(value)
        except ValueError as error:
            raise self.wrong(name, f"must be a duration such as 24h or 20m: {error}") from error
        if duration <= timedelta(0):
            raise self.wrong(name, f"must be longer than zero, not {value!r}")
        return duration

    def words(self, name: str, default: str = "", **told: Unpack[Told]) -> list[str]:
        return [
            word.strip() for word in self.text(name, default, **told).split(",") if word.strip()
        ]

    def choice(self, name: str, default: str, choices: frozenset[str], **told: Unpack[Told]) -> str:
        value = self.text(name, default, **told).lower()
        if value not in choices:
            raise self.wrong(name, f"must be one of {', '.join(sorted(choices))}, not {value!r}")
        return value

    def address(self, name: str, default: str, **told: Unpack[Told]) -> tuple[str, int]:
        """Read `host:port`; an IPv6 host stands in brackets."""
        value = self.text(name, default, **told)
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise self.wrong(name, f"must be host:port such as 127.0.0.1:3000, not {value!r}")
        return host.strip("[]"), int(port)

    def url(self, name: str, default: str, **told: Unpack[Told]) -> str:
        value = self.text(name, default, **told).rstrip("/")
        try:
            parts = urlsplit(value)
            usable = (
                parts.hostname and parts.port != 0
            )  # Both properties parse the host, and raise.
        except ValueError:
            usable = False
        if not usable or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
            raise self.wrong(name, f"must be a URL such as https://auth.example.org, not {value!r}")
        return value

    def origins(self, name: str, **told: Unpack[Told]) -> list[str]:
        """Read origins, each as a browser writes it in `Origin`: `https://auth.example.org`."""
        try:
            return [normalized_origin(word) for word in self.words(name, **told)]
        except ValueError as error:
            raise self.wrong(
                name, f"must list origins such as https://app.example.org: {error}"
            ) from error

    def texts(self, name: str, default: str, **told: Unpack[Told]) -> dict[str, str]:
        """Read a JSON object of texts."""
        value = self._json_object(name, default, **told)
        if not all(isinstance(text, str) for text in value.values()):
            raise self.wrong(name, 'must be a JSON object of texts such as {"a": "b"}')
        return value

    def lists(self, name: str, default: str, **told: Unpack[Told]) -> dict[str, tuple[str, ...]]:
        """Read a JSON object of lists of texts."""
        value = self._json_object(name, default, **told)
        if not all(
            isinstance(texts, list) and all(isinstance(text, str) for text in texts)
            for texts in value.values()
        ):
            raise self.wrong(name, 'must be a JSON object of lists such as {"a": ["b"]}')
        return {key: tuple(texts) for key, texts in value.items()}

    def _json_object(self, name: str, default: str, **told: Unpack[Told]) -> dict[str, Any]:
        try:
            value = json.loads(self.text(name, default, **told))
        except ValueError as error:
            raise self.wrong(name, f"must be a JSON object: {error}") from error
        if not isinstance(value, dict):
            raise self.wrong(name, "must be a JSON object")
        return value

    def numbered(self, name: str) -> list[str]:
        """Return the numbers N of the variables `{name}_N_…` that are set, in order."""
        pattern = re.compile(rf"(?:{PREFIX}|{PREFIX}DANGEROUS_){name}_([1-9][0-9]?)_")
        found = {match[1] for key in self._values if (match := pattern.match(key))}
        return sorted(found, key=int)

    def unlisted(self) -> "Environment":
        """Return a reader of the same variables whose reads are not documented."""
        return Environment(self._values)

    def networks(self, name: str, **told: Unpack[Told]) -> list[Network]:
        networks: list[Network] = []
        for word in self.words(name, **told):
            try:
                networks.append(ip_network(word, strict=False))
            except ValueError as error:
                raise self.wrong(
                    name, f"must list addresses or networks such as 10.0.0.0/8, not {word!r}"
                ) from error
        return networks

    def secret_key(self, name: str, file: Path, **told: Unpack[Told]) -> str:
        """Return the configured key, or one that the first start makes and keeps in `file`."""
        value = self.text(name, **told)
        if value:
            if len(value) < 32:
                raise self.wrong(name, "must have at least 32 characters")
            return value
        if not file.exists():
            _write_once(file, secrets.token_urlsafe(48))
        return self._read_secret_key(name, file)

    def _read_secret_key(self, name: str, file: Path) -> str:
        try:
            value = file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            value = ""
        if len(value) < 32:
            raise self.wrong(name, f"is not set and {file} holds no usable key; delete that file")
        return value

    def wrong(self, name: str, reason: str) -> ImproperlyConfigured:
        """Return the error about a value; it names the variable."""
        return ImproperlyConfigured(f"{PREFIX}{name} {reason}.")


def normalized_origin(text: str) -> str:
    """Return a web origin as browsers write it: lower case, punycode, no default port.

    Raises ValueError for whatever is more, or less, than scheme, host and port (RFC 6454 6.2).
    """
    parts = urlsplit(text.rstrip("/"))
    host, port = parts.hostname or "", parts.port
    if not host or port == 0 or parts.scheme not in DEFAULT_PORTS:
        raise ValueError(f"{text!r} is no origin")
    if "@" in parts.netloc or parts.path or parts.query or parts.fragment:
        raise ValueError(f"{text!r} has more than a scheme, a host and a port")
    host = f"[{host}]" if ":" in host else host.encode("idna").decode()
    is_default = port in (None, DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{port}"


def _write_once(file: Path, content: str) -> None:
    """Create `file` completely or not at all; of several starting processes the first wins."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(content)
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
    finally:
        Path(draft).unlink()
