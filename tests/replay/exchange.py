"""Recorded exchanges: read them from their file, send them again in their order.

The format is explained at the head of tests/data/exchanges.txt.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpResponseBase
from django.test import Client

from tests.openapi import validate
from tests.replay.binder import (
    ADDED_KEYS,
    UUID,
    Binder,
    Json,
    UnboundNameError,
    parse_recorded,
    show,
)

DATA: Final = Path(__file__).resolve().parent.parent / "data"
RECORDED_ACCESS_URL: Final = "http://127.0.0.1:3000"
CUT: Final = " … "
# Decisions shown by a development build of the recorded server, and the framing of its transport.
NOT_OURS: Final = frozenset({"x-authz-checks", "transfer-encoding"})
# The running numbers of a limiter; what the limit is, is compared.
COUNTERS: Final = frozenset({"x-ratelimit-remaining", "x-ratelimit-reset"})
JSON_STARTS: Final = ("{", "[", "null")
JSON_TYPE: Final = "application/json; charset=utf-8"

Prepare = Callable[["Replay"], None]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, names unfilled."""

    name: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str
    status: int
    answer_headers: tuple[tuple[str, str], ...]
    answer_body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What our server answered; header names in lower case, cookies as their Set-Cookie values."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """A decided difference: what we answer instead of the recorded answer."""

    reason: str
    status: int
    body: Callable[[str], str]
    # We make a key that the recorded server refused to make; later lists do not know it.
    makes_key: bool = False


@dataclass(slots=True)
class Replay:
    """One sequence of exchanges against the running application."""

    binder: Binder
    deviations: Mapping[str, Deviation] = field(default_factory=dict)
    prepare: Mapping[str, Prepare] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)

    def run(self, exchanges: tuple[Exchange, ...], *, later: frozenset[str] = frozenset()) -> None:
        """Send every exchange that is not for later, and note what differs."""
        for exchange in exchanges:
            if exchange.name in later:
                continue
            self.sent.append(exchange.name)
            self.check(exchange)

    def check(self, exchange: Exchange) -> None:
        """Send one exchange, and note what differs."""
        try:
            found = self._replay(exchange)
        except UnboundNameError as error:
            found = [str(error)]
        if found:
            lines = "".join(f"\n    - {line}" for line in found)
            request = f"{exchange.method} {exchange.path}"
            self.mismatches.append(f"### {exchange.name}\n    {request}{lines}")

    def _replay(self, exchange: Exchange) -> list[str]:
        if exchange.name in self.prepare:
            self.prepare[exchange.name](self)
        self.binder.next_exchange()
        deviation = self.deviations.get(exchange.name)
        if deviation is not None:
            body = deviation.body(exchange.answer_body)
            exchange = replace(exchange, status=deviation.status, answer_body=body)
        answer = self.send(exchange)
        found = compare(exchange, answer, self.binder)
        if deviation is not None and deviation.makes_key and answer.status == 201:
            self._revoke(exchange, answer)
        return found

    def send(self, exchange: Exchange) -> Answer:
        """Send a request as a client that keeps no cookies."""
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        response = client.generic(
            exchange.method,
            self.binder.fill(exchange.path),
            self.binder.fill(exchange.body),
            content_type="application/json",
            headers={name: self.binder.fill(value) for name, value in exchange.headers},
        )
        if exchange.path.startswith("/api/v2"):
            validate(response)
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.items()},
            cookies=_cookies(response),
            body=response.content.decode(),
        )

    def _revoke(self, exchange: Exchange, answer: Answer) -> None:
        key_id = json.loads(answer.body)["key"].partition("-")[0]
        revoke = replace(exchange, method="DELETE", path=f"/api/v2/users/me/keys/{key_id}", body="")
        self.send(revoke)

    def report(self) -> str:
        """Return the mismatches as one readable text."""
        return f"{len(self.mismatches)} of {len(self.sent)} differ\n\n" + "\n".join(self.mismatches)


def load(file_name: str) -> tuple[Exchange, ...]:
    """Read a recording; addresses in it become our access URL."""
    text = (DATA / file_name).read_text(encoding="utf-8")
    return parse(text.replace(RECORDED_ACCESS_URL, settings.ACCESS_URL))


def parse(text: str) -> tuple[Exchange, ...]:
    """Split a recording into exchanges; a name `… document` gets the name before it in front."""
    exchanges: list[Exchange] = []
    about = ""
    for block in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        if name.startswith("…"):
            name = f"{about} {name}"
        else:
            about = name
        exchanges.append(_parse_one(name, rest))
    return tuple(exchanges)


def _parse_one(name: str, text: str) -> Exchange:
    request, answer = re.split(r"^--- ", text, maxsplit=1, flags=re.MULTILINE)
    request_head, _, body = request.partition("\n\n")
    request_line, *headers = request_head.strip("\n").split("\n")
    method, _, path = request_line.partition(" ")
    answer_head, _, answer_body = answer.partition("\n\n")
    status, *answer_headers = answer_head.strip("\n").split("\n")
    return Exchange(
        name=name,
        method=method,
        path=path,
        headers=_headers(headers),
        body=body.strip("\n"),
        status=int(status),
        answer_headers=_headers(answer_headers),
        answer_body=answer_body.strip("\n"),
    )


def _cookies(response: HttpResponseBase) -> dict[str, str]:
    """Collect the cookies of Django's jar, and the one that may be written as a header."""
    cookies = [morsel.OutputString() for morsel in response.cookies.values()]
    cookies += [value for name, value in response.items() if name.lower() == "set-cookie"]
    return {cookie.partition("=")[0]: cookie for cookie in cookies}


def _headers(lines: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition(": ") for line in lines)
    return tuple((name, value) for name, _, value in pairs)


def compare(exchange: Exchange, answer: Answer, binder: Binder) -> list[str]:
    """Return what differs between the recorded answer and ours."""
    if answer.status != exchange.status:
        got = f"{answer.status}: {answer.body[:300]}"
        return [f"status: expected {exchange.status}, got {got}"]
    found = compare_body(exchange.answer_body, answer.body, binder)
    for name, value in exchange.answer_headers:
        answered = answer.headers.get(name, "")
        if name == "set-cookie":
            cookie = answer.cookies.get(value.partition("=")[0], "")
            found += binder.match_cookie(value, cookie)
        elif name in COUNTERS | NOT_OURS | {"x-coder-build-version"}:
            continue
        elif not binder.match_text(value, answered):
            found.append(f"{name}: expected {value!r}, got {answered!r}")
    recorded_cookies = {value for name, value in exchange.answer_headers if name == "set-cookie"}
    # The second keeps strangers' tries from locking a browser out (docs/sign-in.md).
    ours = {"csrf_token", "coderauth_device"}
    expected = {value.partition("=")[0] for value in recorded_cookies} | ours
    found += [
        f"set-cookie: {name} is not in the recording" for name in answer.cookies.keys() - expected
    ]
    return found + compare_common(exchange, answer)


def compare_body(recorded: str, answered: str, binder: Binder) -> list[str]:
    """Compare two bodies, as JSON where the recorded one is JSON."""
    if not recorded.startswith(JSON_STARTS):
        same = binder.match_text(recorded, answered.rstrip("\n"))
        return [] if same else [f"body: expected {recorded!r}, got {answered!r}"]
    try:
        parsed: Json = json.loads(answered)
    except ValueError:
        return [f"body: not JSON: {answered[:300]!r}"]
    if CUT in recorded:
        return compare_cut_list(recorded, parsed, binder)
    return binder.match_json(parse_recorded(recorded), parsed)


def compare_cut_list(recorded: str, answered: Json, binder: Binder) -> list[str]:
    """Compare a list whose middle was cut out of the recording.

    The elements that survived whole must all be there; of the others only the keys are compared.
    """
    if not isinstance(answered, list):
        return [f"body: expected a list, got {show(answered)}"]
    head, tail = recorded.split(CUT)
    whole = parse_recorded(head[: head.rindex(",{")] + "," + tail[tail.index("},{") + 2 :])
    if not isinstance(whole, list) or not isinstance(whole[0], dict):
        raise TypeError("a cut body is only understood as a list of objects")
    found = binder.match_each(whole, answered)
    keys = whole[0].keys() - ADDED_KEYS
    others = (one for one in answered if one.keys() - ADDED_KEYS != keys)
    found += [f"body[]: other keys: {show(one)}" for one in others]
    return found


def compare_common(exchange: Exchange, answer: Answer) -> list[str]:
    """Check what the head of the recording says of every answer."""
    found, headers = [], answer.headers
    if not re.fullmatch(UUID, headers.get("x-coder-request-id", "")):
        found.append("x-coder-request-id: not a uuid")
    if not headers.get("x-coder-build-version"):
        found.append("x-coder-build-version: missing")
    # Outside of the API nothing depends on that cookie (deviation `csrf-cookie-api-only`).
    in_api = exchange.path.startswith("/api/")
    if in_api and "cookie" not in headers.get("vary", "").lower():
        found.append("vary: does not say Cookie")
    if in_api and "csrf_token" not in answer.cookies:
        found.append("set-cookie: no csrf_token, though the request brought none")
    kind = headers.get("content-type", "")
    if exchange.answer_body.startswith(JSON_STARTS) and kind != JSON_TYPE:
        found.append(f"content-type: expected {JSON_TYPE!r}, got {kind!r}")
    # The check for forgeries comes before the limiter, and its refusal is the only text in the API.
    if exchange.path.startswith("/api/v2") and not kind.startswith("text/plain"):
        limits = sorted(COUNTERS | {"x-ratelimit-limit"})
        found += [f"{name}: no number" for name in limits if not headers.get(name, "").isdigit()]
    return found
