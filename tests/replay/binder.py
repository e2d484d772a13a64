"""Bind the <names> of a recording to the values of this run, and match an answer with its record.

A name stands for one value in a whole sequence: the first answer that shows it binds it. <key>,
<jwt>, <csrf>, <other-token-id> and the times stand for another value at each place, <uuid> for
one value in one exchange.
"""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Final, TypeAlias

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None

UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
KEY_ID: Final = r"[0-9A-Za-z]{10}"
KEY: Final = KEY_ID + r"-[0-9A-Za-z]{22}"
# The server cuts trailing zeros, so a time recorded with six digits may now have fewer. The zero
# time is spelt out in the recordings and must not pass for a real one, so it is in another century.
TIME: Final = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z"
WHOLE_SECONDS: Final = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"

ANYTHING_LIKE_IT: Final[Mapping[str, str]] = {
    "time": WHOLE_SECONDS,
    "time.4": TIME,
    "time.5": TIME,
    "time.6": TIME,
    "key": KEY,
    "other-token-id": KEY_ID,
    "jwt": r"[\w-]+\.[\w-]+\.[\w-]+",
    "csrf": r"[0-9A-Za-z+/]{43}=",
}
NAMES_OF_UUIDS: Final = frozenset({"uuid", "owner", "alice", "org", "some-workspace"})

# Head's additions show in answers recorded from the seed: decision D1 wants both. The others are
# what keys and accounts say here beyond Coder's.
ADDED_KEYS: Final = frozenset(
    {
        "scopes", "allow_list", "organization_member_permissions",
        "renews", "paused", "rotated_at", "old_valid_until", "ceilings",
    }
)  # fmt: skip

# Texts that every server words or draws for itself: the recorded one only says which kind it is.
RANDOM_TOKEN_NAME: Final = r"[a-z]+_[a-z]+\d"
CONVERSION_STATE: Final = r"convert-[0-9A-Za-z]{32}"
SERVER_VERSION: Final = "v0.0.0-devel"
GO_DECODER: Final = "json: cannot unmarshal"
# The seed and head word this refusal differently; either is right.
REFUSED_SCOPE: Final = re.compile(
    r"invalid (?:or unsupported )?API key scope: (?P<name>.*)", re.DOTALL
)

# Names are set apart before a body is parsed: afterwards a `<` that the server wrote as a `\u003c`
# would look like the beginning of one.
OPEN, CLOSE = "\ue000", "\ue001"
NAME: Final = re.compile(r"<([a-z][a-z0-9.-]*)>")
MARKED: Final = re.compile(f"{OPEN}([^{CLOSE}]+){CLOSE}")


class UnboundNameError(LookupError):
    """A request needs a value that no earlier answer has given."""


class Binder:
    """What the names of one sequence stand for in this run."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def next_exchange(self) -> None:
        """Forget <uuid>, which stands for one value in one exchange only."""
        self.values.pop("uuid", None)

    def bind(self, name: str, value: str) -> None:
        """Bind a name; the name of a key also binds <name-id>, the part before its hyphen."""
        self.values[name] = value
        if re.fullmatch(KEY, value):
            self.values[f"{name}-id"] = value.partition("-")[0]

    def fill(self, text: str) -> str:
        """Put values for the names of a request; raise UnboundNameError if one has none."""
        return NAME.sub(lambda match: self._value(match[1]), text)

    def _value(self, name: str) -> str:
        if name in {"uuid", "some-workspace"} and name not in self.values:
            self.bind(name, str(uuid.uuid4()))
        if name not in self.values:
            raise UnboundNameError(f"no earlier answer gave <{name}>")
        return self.values[name]

    def match_text(self, recorded: str, answered: str) -> bool:
        """Tell if a text is the recorded one, and bind the names that it shows first."""
        return self._match_marked(mark(recorded), answered)

    def _match_marked(self, recorded: str, answered: str) -> bool:
        pattern, captured = self._pattern(recorded)
        match = re.fullmatch(pattern, answered, re.DOTALL)
        if match is None:
            return False
        for group, name in captured.items():
            self.bind(name, match[group])
        return True

    def _pattern(self, marked: str) -> tuple[str, dict[str, str]]:
        pattern, end = "", 0
        captured: dict[str, str] = {}
        for found in MARKED.finditer(marked):
            pattern += re.escape(marked[end : found.start()])
            end, name = found.end(), found[1]
            if name in ANYTHING_LIKE_IT:
                pattern += ANYTHING_LIKE_IT[name]
            elif name in self.values:
                pattern += re.escape(self.values[name])
            else:
                group = f"name{len(captured)}"
                captured[group] = name
                pattern += f"(?P<{group}>{shape_of(name)})"
        return pattern + re.escape(marked[end:]), captured

    def match_json(self, recorded: Json, answered: Json, where: str = "body") -> list[str]:
        """Compare two parsed values; the recorded one was marked before it was parsed."""
        if recorded is None:
            # decision D4: an empty list is [], never null.
            return [] if answered == [] else [f"{where}: expected [], got {show(answered)}"]
        if isinstance(recorded, str):
            same = isinstance(answered, str) and self._match_value(recorded, answered, where)
        elif isinstance(recorded, Mapping):
            if isinstance(answered, Mapping):
                return self._match_object(recorded, answered, where)
            same = False
        elif isinstance(recorded, Sequence):
            if isinstance(answered, Sequence) and not isinstance(answered, str):
                return self._match_list(recorded, answered, where)
            same = False
        else:
            same = type(recorded) is type(answered) and recorded == answered
        return [] if same else [f"{where}: expected {show(recorded)}, got {show(answered)}"]

    def _match_value(self, recorded: str, answered: str, where: str) -> bool:
        field = where.rpartition(".")[2]
        if field == "token_name" and re.fullmatch(RANDOM_TOKEN_NAME, recorded):
            return re.fullmatch(RANDOM_TOKEN_NAME, answered) is not None
        if field == "state_string" and re.fullmatch(CONVERSION_STATE, recorded):
            return re.fullmatch(CONVERSION_STATE, answered) is not None
        if field == "version" and recorded == SERVER_VERSION:
            return answered != ""
        if field == "detail" and recorded.startswith(GO_DECODER):
            return answered != ""
        if field == "detail" and (refused := REFUSED_SCOPE.fullmatch(recorded)):
            ours = REFUSED_SCOPE.fullmatch(answered)
            return ours is not None and ours["name"] == refused["name"]
        return self._match_marked(recorded, answered)

    def _match_object(
        self, recorded: Mapping[str, Json], answered: Mapping[str, Json], where: str
    ) -> list[str]:
        expected = {self.fill(unmark(key)): value for key, value in recorded.items()}
        found = [f"{where}.{key}: missing" for key in expected.keys() - answered.keys()]
        found += [
            f"{where}.{key}: not in the recording, got {show(answered[key])}"
            for key in answered.keys() - expected.keys() - ADDED_KEYS
        ]
        for key in expected.keys() & answered.keys():
            found += self.match_json(expected[key], answered[key], f"{where}.{key}")
        return sorted(found)

    def _match_list(
        self, recorded: Sequence[Json], answered: Sequence[Json], where: str
    ) -> list[str]:
        if len(recorded) != len(answered):
            return [f"{where}: expected {len(recorded)} elements, got {show(answered)}"]
        if where == "body" or where.endswith("_permissions"):
            # A list that is the whole answer (keys, members, organizations), and what a role
            # grants, promise no order.
            return self.match_each(recorded, answered)
        found: list[str] = []
        for index, (ours, theirs) in enumerate(zip(recorded, answered, strict=True)):
            found += self.match_json(ours, theirs, f"{where}[{index}]")
        return found

    def match_each(self, recorded: Sequence[Json], answered: Sequence[Json]) -> list[str]:
        """Find another answered element for each recorded one, in any order."""
        left, found = list(answered), []
        for element in recorded:
            tries = [(self._trial(element, other), other) for other in left]
            if not tries:
                found.append(f"body[]: nothing left that could be {show(element)}")
                continue
            # The element with the fewest differences is the one that was meant.
            differences, nearest = min(tries, key=lambda tried: len(tried[0]))
            left.remove(nearest)
            found += differences or self.match_json(element, nearest, "body[]")
        return found

    def _trial(self, recorded: Json, answered: Json) -> list[str]:
        before = dict(self.values)
        differences = self.match_json(recorded, answered, "body[]")
        self.values = before
        return differences

    def match_cookie(self, recorded: str, answered: str) -> list[str]:
        """Compare two Set-Cookie values, the attributes in any order."""
        expected, got = cookie_parts(recorded), cookie_parts(answered)
        found = []
        for part in expected.keys() | got.keys():
            ours, theirs = expected.get(part), got.get(part)
            if part == "expires" and ours and theirs:
                parsedate_to_datetime(theirs)
            elif ours is None or theirs is None or not self.match_text(ours, theirs):
                found.append(f"cookie, {part}: expected {ours!r}, got {theirs!r}")
        return sorted(found)


def shape_of(name: str) -> str:
    """Return what the value of a name looks like when it is seen first."""
    if name in NAMES_OF_UUIDS:
        return UUID
    return KEY_ID if name.endswith("-id") else KEY


def mark(text: str) -> str:
    """Set the names apart from other text in angle brackets."""
    return NAME.sub(rf"{OPEN}\1{CLOSE}", text)


def unmark(text: str) -> str:
    """Undo mark()."""
    return MARKED.sub(r"<\1>", text)


def parse_recorded(body: str) -> Json:
    """Parse a recorded body with its names marked."""
    parsed: Json = json.loads(mark(body))
    return parsed


def show(value: Json) -> str:
    """Render a value for a failure message, short enough to read."""
    text = unmark(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 300 else f"{text[:150]} ... {text[-140:]}"


def cookie_parts(text: str) -> dict[str, str]:
    """Split a Set-Cookie value; `name=value` is kept under the key "pair"."""
    pair, *attributes = (part.strip() for part in text.split(";"))
    parts = {"pair": pair.replace('""', "")}
    for attribute in attributes:
        name, _, value = attribute.partition("=")
        parts[name.lower()] = value
    return parts
