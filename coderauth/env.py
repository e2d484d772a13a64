"""Strict readers of environment variables: a wrong value stops the start and names the variable."""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack, cast
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import SimpleLazyObject

from coderauth.addresses import Form, normalized_origin
from coderauth.database import read_database_url, sqlite_database
from coderauth.durations import parse_duration
from coderauth.key_files import SHORTEST_KEY, read_key
from coderauth.misspelled import misspelled

PREFIX = "CODERAUTH_"
TRUE = frozenset({"1", "t", "true", "yes", "on"})
FALSE = frozenset({"0", "f", "false", "no", "off"})

Network = IPv4Network | IPv6Network
T = TypeVar("T")


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

    def __init__(
        self, values: Mapping[str, str] | None = None, asked: set[str] | None = None
    ) -> None:
        self._values = os.environ if values is None else values
        self.known: dict[str, Variable] = {}
        self._asked: set[str] = set() if asked is None else asked
        # Where keys are that no variable holds, by the variable that could.
        self.key_files: dict[str, Path] = {}

    def text(self, name: str, default: str = "", **told: Unpack[Told]) -> str:
        """Return the value, or the content of the file that `…_FILE` names (container secrets)."""
        shown = told.get("shown", default)
        self._asked.add(name)
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

    def source(self, name: str) -> tuple[str, str]:
        """Return where a variable's value comes from, and the value as it is written there.

        It is `environment`, `file` with the name of the file, or `default` with nothing.
        """
        if value := self._values.get(name, "").strip():
            return "environment", value
        if file := self._values.get(f"{name}_FILE", "").strip():
            return "file", file
        return "default", ""

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

    def optional(self, name: str, *, module: str, requirements: str, **told: Unpack[Told]) -> bool:
        """Read a flag, off by default, that needs a module which only some have installed."""
        is_wanted = self.flag(name, default=False, **told)
        if is_wanted and not _is_installed(module):
            raise self.wrong(name, f"needs what `pip install -r {requirements}` installs")
        return is_wanted

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

    def formed(self, name: str, form: Form, default: str = "", **told: Unpack[Told]) -> str:
        """Read a text that must have a form, unless it is empty."""
        value = self.text(name, default, **told)
        if value and not form.accepts(value):
            shown = "" if form.is_secret else f", not {value!r}"
            raise self.wrong(name, f"{form.must_be}{shown}")
        return value

    def words(
        self, name: str, default: str = "", form: Form | None = None, **told: Unpack[Told]
    ) -> list[str]:
        texts = (text.strip() for text in self.text(name, default, **told).split(","))
        words = [text for text in texts if text]
        for word in words:
            if form and not form.accepts(word):
                raise self.wrong(name, f"{form.must_be}, not {word!r}")
        return words

    def file(self, name: str, read: Callable[[str], T], default: T, **told: Unpack[Told]) -> T:
        """Read a file that the variable names; `read` raises ValueError for what is wrong in it."""
        path = self.text(name, **told)
        if not path:
            return default
        try:
            return read(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise self.wrong(name, f"cannot be read: {error}") from error
        except ValueError as error:
            raise self.wrong(name, f"names a file that {error}") from error

    def choice(self, name: str, default: str, choices: frozenset[str], **told: Unpack[Told]) -> str:
        value = self.text(name, default, **told).lower()
        if value not in choices:
            raise self.wrong(name, f"must be one of {', '.join(sorted(choices))}, not {value!r}")
        return value

    def choices(self, name: str, known: Sequence[str], **told: Unpack[Told]) -> list[str]:
        """Read some of the known words, in any case; they come back as they are known."""
        spelled = {word.lower(): word for word in known}
        form = Form(lambda word: word.lower() in spelled, f"must be of {', '.join(known)}")
        return [spelled[word.lower()] for word in self.words(name, form=form, **told)]

    def address(self, name: str, default: str, **told: Unpack[Told]) -> tuple[str, int]:
        """Read `host:port`; an IPv6 host stands in brackets."""
        value = self.text(name, default, **told)
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise self.wrong(name, f"must be host:port such as 127.0.0.1:3000, not {value!r}")
        return host.strip("[]"), int(port)

    def optional_address(self, name: str, **told: Unpack[Told]) -> tuple[str, int] | None:
        return self.address(name, "") if self.text(name, **told) else None

    def url(self, name: str, default: str, **told: Unpack[Told]) -> str:
        value = self.text(name, default, **told).rstrip("/")
        try:
            parts = urlsplit(value)
            usable = parts.hostname and parts.port != 0
        except ValueError:  # Both properties parse the host.
            usable = False
        if not usable or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
            raise self.wrong(name, f"must be a URL such as https://auth.example.org, not {value!r}")
        return value

    def origin(self, name: str, default: str, **told: Unpack[Told]) -> str:
        """Read an origin, and write it as browsers do."""
        value = self.text(name, default, **told)
        try:
            return normalized_origin(value)
        except ValueError as error:
            raise self.wrong(
                name, f"must be an origin such as https://auth.example.org: {error}"
            ) from error

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
        return Environment(self._values, self._asked)

    def refuse_unknown(self, *elsewhere: str) -> None:
        """Raise ImproperlyConfigured when variables are set that nobody has read by now.

        `elsewhere` names those that other programs read.
        """
        found = [*misspelled(self._values, PREFIX, self._asked | {*elsewhere})]
        if found:
            raise ImproperlyConfigured("\n".join(found))

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

    def database(
        self, name: str, file: Path, *, prepared_statements: bool, **told: Unpack[Told]
    ) -> dict[str, Any]:
        """Read the URL of a database; without one it is SQLite in `file`."""
        url = self.text(name, **told)
        try:
            return (
                read_database_url(url, prepared_statements=prepared_statements)
                if url
                else sqlite_database(file)
            )
        except ValueError as error:
            raise self.wrong(name, str(error)) from error

    def secret_keys(self, name: str, **told: Unpack[Told]) -> list[str]:
        values = self.words(name, **told)
        if any(len(value) < SHORTEST_KEY for value in values):
            raise self.wrong(
                name, f"must list earlier keys, of {SHORTEST_KEY} characters at least each"
            )
        return values

    def secret_key(self, name: str, file: Path, **told: Unpack[Told]) -> str:
        """Return the configured key, or the one in `file`, which is read when it is needed.

        `coderauth.installation` makes the file; its first use raises ImproperlyConfigured
        while there is none.
        """
        value = self.text(name, **told)
        if value:
            if len(value) < SHORTEST_KEY:
                raise self.wrong(name, f"must have at least {SHORTEST_KEY} characters")
            return value
        self.key_files[name] = file
        return cast("str", SimpleLazyObject(partial(read_key, PREFIX + name, file)))

    @staticmethod
    def wrong(name: str, reason: str) -> ImproperlyConfigured:
        """Return the error about a value; it names the variable."""
        return ImproperlyConfigured(f"{PREFIX}{name} {reason}.")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # Not even the package that it would be in.
        return False
